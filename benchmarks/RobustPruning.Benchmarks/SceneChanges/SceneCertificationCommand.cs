using System.CommandLine;
using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.SceneChanges;

/// <summary>
/// <c>scenes --model M ...</c>: certifies held-back images against labels that move with the scene, once with the library's domain and once with an interval
/// for each pixel and interval bounds (as CGT, the Certified Geometric Training of Yang et al., does it), to the same time limit; one JSON line each.
/// </summary>
internal static class SceneCertificationCommand
{
    // Intervals are cheap: many boxes at once keep libtorch busy.
    private const int IntervalBoxes = 16;

    public static Command Create()
    {
        var model = new ModelOptions();
        var images = new Option<int>("--images") { Description = "How many of the held-back images, from the first on; at least 1.", DefaultValueFactory = _ => 4 };
        var change = new Option<string[]>("--change")
        {
            Description = $"Any of {string.Join(", ", MeasuredChanges.All.Keys)}; rotation, translation and scale, alone and two together, unless given.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var tolerance = new Option<double>("--tolerance") { Description = "In pixels along an axis.", DefaultValueFactory = _ => 2 };
        var share = new Option<double>("--share") { Description = "The share of each range, about no change; above 0, at most 1.", DefaultValueFactory = _ => 1 };
        var seconds = new Option<double>("--seconds") { Description = "How long to work at most, an image and a domain.", DefaultValueFactory = _ => 30 };
        var maxBoxes = new Option<int>("--max-boxes") { Description = "How many boxes at most, an image and a domain.", DefaultValueFactory = _ => 100_000 };
        var workers = new Option<int>("--workers") { Description = "Boxes bounded at once, each on one thread.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var without = new Option<bool>("--without-intervals") { Description = "Leave interval bounds out." };
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var command = new Command("scenes", "Certifies images whose scene moves, beside interval bounds on the same network.")
        {
            files.Data, files.Count, files.HeldBack, images, change, share, tolerance, seconds, maxBoxes, workers, without, seed,
        };
        model.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = model.Load(parsed);
            var request = files.Read(parsed, model.Notes(parsed));
            using var testing = DataSource.ToTensors(
                ModelData.Load(network, model.Decoder(parsed, network.Graph), request, cancellationToken).Split(request.HeldBack).HeldBack);
            var wanted = parsed.GetValue(images);
            if (wanted < 1 || wanted > testing.Count)
                throw new ArgumentOutOfRangeException("--images", wanted, $"There are {testing.Count} held-back images.");
            var names = MeasuredChanges.Chosen(MeasuredChanges.All, parsed.GetValue(change)!);
            if (parsed.GetValue(change) is null or { Length: 0 })
                names = [.. MeasuredChanges.Geometry.Keys];
            var options = new CertifierOptions { MaxBoxes = parsed.GetValue(maxBoxes), TimeLimit = TimeSpan.FromSeconds(parsed.GetValue(seconds)), Workers = parsed.GetValue(workers) };
            foreach (var name in names)
            {
                var set = MeasuredChanges.All[name]([.. network.Graph.Input.Shape]).Scaled(parsed.GetValue(share));
                Print(options);
                if (!parsed.GetValue(without))
                    Print(options with { Propagator = new IntervalPropagator(), BoxesPerBatch = IntervalBoxes });

                void Print(CertifierOptions how)
                {
                    // To warm up: compiling the code does not count.
                    using (var warm = new Certifier(network, set, parsed.GetValue(tolerance), how with { MaxBoxes = 2 }))
                        warm.Certify(testing.Images[0], cancellationToken: cancellationToken);
                    using var certifier = new Certifier(network, set, parsed.GetValue(tolerance), how);
                    Measure(certifier, testing, wanted, parsed.GetValue(tolerance), set.ToString(), how.Propagator.Name, cancellationToken);
                }
            }

            return Task.FromResult(0);
        });
        return command;
    }

    private static void Measure(Certifier certifier, KeypointData testing, int images, double tolerance, string set, string domain, CancellationToken cancellationToken)
    {
        var before = Environment.CpuUsage.TotalTime;
        List<Certificate> found = [];
        for (var index = 0; index < images; index++)
        {
            using var scope = NewDisposeScope();
            found.Add(certifier.Certify(testing.Images[index], testing.Labels[index], cancellationToken: cancellationToken));
        }

        var labelled = found.Sum(certificate => certificate.Claims.Count(claim => claim.Verdict != Verdict.Unlabelled));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            set,
            domain,
            images,
            keypoints = labelled,

            // No more can be certified than are right on the clean image.
            right = Share(found.Sum(certificate => certificate.Keypoints.Count(keypoint =>
                Math.Max(Math.Abs(keypoint.PredictedX - keypoint.ReferenceX), Math.Abs(keypoint.PredictedY - keypoint.ReferenceY)) <= tolerance))),
            certified = Share(found.Sum(certificate => certificate.Certified)),
            falsified = Share(found.Sum(certificate => certificate.Falsified)),
            unknown = Share(found.Sum(certificate => certificate.Unknown)),
            boxes = found.Average(certificate => certificate.Boxes),
            seconds = found.Average(certificate => certificate.Elapsed.TotalSeconds),
            processorSeconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds / images,
            peakMemoryMiB = System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0,
        }));

        double Share(int keypoints) => Math.Round((double)keypoints / labelled, 4);
    }
}
