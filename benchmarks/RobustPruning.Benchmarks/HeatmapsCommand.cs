using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Data;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>heatmaps --model M ...</c>: certifies held-back images against their labels, keypoint by keypoint and all together; one JSON line an
/// image, then one for each specification. The last ones say on how many images a joint specification is certified where a single tolerance is not.
/// </summary>
internal static class HeatmapsCommand
{
    private const double WarmShare = 0.01;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var model = new ModelOptions();
        var scene = new SceneOptions();
        var images = new Option<int>("--images")
        {
            Description = "How many of the held-back images, from the first on; at least 1.",
            DefaultValueFactory = _ => 4,
        };
        var tolerance = new Option<double>("--tolerance") { Description = "In pixels along an axis.", DefaultValueFactory = _ => 2 };
        var joint = CommonOptions.Joint();
        joint.Description += " Unless given: the tolerance's square times the number of keypoints, and a mean of half the tolerance.";
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long to work at most, an image and a specification.",
            DefaultValueFactory = _ => 60,
        };
        var maxBoxes = new Option<int>("--max-boxes")
        {
            Description = "How many boxes at most, an image and a specification.",
            DefaultValueFactory = _ => 100_000,
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Boxes bounded at once, each on one thread.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var firstCells = CommonOptions.FirstCells();
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var command = new Command("heatmaps", "Certifies a keypoint detector against labels, by tolerances and by joint specifications.")
        {
            files.Data, files.Count, files.HeldBack, images, tolerance, joint, seconds, maxBoxes, workers, firstCells, seed,
        };
        model.AddTo(command);
        scene.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = model.Load(parsed);
            var decoder = model.Decoder(parsed, network.Graph);
            var request = files.Read(parsed, model.Notes(parsed));
            var dataset = ModelData.Load(network, decoder, request, cancellationToken).Split(request.HeldBack).HeldBack;
            using var testing = DataSource.ToTensors(dataset);
            var (wanted, within) = (parsed.GetValue(images), parsed.GetValue(tolerance));
            MeasuredCertificates.Require(wanted, testing);
            var set = scene.Set(parsed, (int)network.Graph.Input.Shape[0], ModelData.Sized(network, request.Files));
            JointSpecification.RequireStill(set, network.Graph);
            var specifications = CommonOptions.JointOf(parsed, joint) is { Count: > 0 } given ? given : Usual(dataset, within);
            var options = new CertifierOptions
            {
                MaxBoxes = parsed.GetValue(maxBoxes),
                TimeLimit = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Workers = parsed.GetValue(workers),
                FirstCellsPerSide = parsed.GetValue(firstCells),
                BoxesPerBatch = 1,
            };

            OutputProperty single = new KeypointProperty(within);
            var alone = Measure("single tolerances", decoder is null ? single : new DecodedProperty(decoder, single));
            Print("single tolerances", alone, new { keypoints = alone.Stated, right = alone.Right(within) });
            var summary = new JointSummary([.. specifications.Select(specification => specification.Name)]);
            List<MeasuredCertificates> together =
                [.. specifications.Select(joint => Measure(joint.Name, joint.PropertyOf(dataset.KeypointNames, decoder, 1)))];
            for (var image = 0; image < wanted; image++)
                summary.Add(alone.Found[image], [.. together.Select(measured => measured.Found[image])]);
            foreach (var (row, measured) in summary.Rows.Zip(together))
            {
                Print(row.Name, measured, new
                {
                    imagesByVerdict = row.Verdicts,
                    singleNotCertified = summary.SingleNotCertified,
                    certifiedWhereASingleIsNot = row.CertifiedBeyondSingle,
                });
            }

            return Task.FromResult(0);

            MeasuredCertificates Measure(string specification, OutputProperty property)
            {
                // To warm up: compiling the code does not count.
                var quick = options with { MaxBoxes = 1, FirstCellsPerSide = 1 };
                using (var warm = new Certifier(network, set.Scaled(WarmShare), property, quick))
                    warm.Certify(testing.Images[0], testing.Labels[0], cancellationToken: cancellationToken);
                using var certifier = new Certifier(network, set, property, options);
                return MeasuredCertificates.Of(certifier, testing, wanted, cancellationToken, (image, certificate) => Write(new
                {
                    specification,
                    image = dataset.Samples[image].Name,
                    certificate.Certified,
                    certificate.Falsified,
                    certificate.Unknown,
                    certificate.Boxes,
                    seconds = Math.Round(certificate.Elapsed.TotalSeconds, 2),
                }));
            }

            void Print(string specification, MeasuredCertificates measured, object more) => Write(new
            {
                specification,
                set = set.ToString(),
                decoder = decoder?.ToString() ?? "coordinates",
                tolerance = within,
                images = wanted,
                certified = measured.Share(certificate => certificate.Certified),
                falsified = measured.Share(certificate => certificate.Falsified),
                unknown = measured.Share(certificate => certificate.Unknown),
                boxes = measured.Found.Average(certificate => certificate.Boxes),
                mostBoxes = measured.Found.Max(certificate => certificate.Boxes),
                seconds = measured.Found.Average(certificate => certificate.Elapsed.TotalSeconds),
                mostSeconds = measured.Found.Max(certificate => certificate.Elapsed.TotalSeconds),
                processorSeconds = measured.ProcessorSeconds / wanted,
                peakMemoryMiB = MeasuredCertificates.PeakMemoryMiB,
                more,
            });
        });
        return command;
    }

    private static void Write(object line) => Console.WriteLine(JsonSerializer.Serialize(line, Json));

    /// <summary>Keypoints that are wrong by the tolerance on average at most, and whose mean is twice as exact.</summary>
    private static IReadOnlyList<JointSpecification> Usual(KeypointDataset dataset, double tolerance) =>
    [
        JointSpecification.Parse(
            string.Create(CultureInfo.InvariantCulture, $"squares:{dataset.KeypointNames.Count * tolerance * tolerance}")),
        JointSpecification.Parse(string.Create(CultureInfo.InvariantCulture, $"mean:{tolerance / 2}")),
    ];
}
