using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using RobustPruning.Benchmarks.Networks;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>probability NETWORK_DIR ...</c>: what each kind of statement says about one image's keypoints, one JSON line for each box and
/// tolerance: the certificate, Clopper–Pearson's interval from samples, and Markov's inequality from sampled and from bounded deviations. A
/// probability is that of moving by more than the tolerance, of the keypoint for which it is greatest. Before them, one line for each box
/// and metric with what bounds the output's mean square move, cut by cut.
/// </summary>
internal static class ProbabilityCommand
{
    private const double Confidence = 0.99;

    public static Command Create()
    {
        var network = new Argument<string>("network") { Description = "A folder that dump wrote." };
        var image = new Option<int>("--image") { Description = "The image's index.", DefaultValueFactory = _ => 0 };
        var widths = new Option<double[]>("--half-widths")
        {
            Description = "Half widths of the box, of brightness and of contrast.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [0.02, 0.05, 0.1],
        };
        var tolerances = new Option<double[]>("--tolerances")
        {
            Description = "Tolerances in pixels.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [0.05, 0.2, 1],
        };
        var cells = new Option<int[]>("--cells")
        {
            Description = "Cells a parameter, for bounded deviations.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 4],
        };
        var samples = new Option<int>("--samples") { Description = "How many θ are drawn.", DefaultValueFactory = _ => 1000 };
        var command = new Command("probability", "Compares certificates, sampled probabilities and Markov's bounds.")
        {
            network, image, widths, tolerances, cells, samples,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(network)!;
            if (!File.Exists(Path.Combine(folder, "manifest.json")))
            {
                Console.Error.WriteLine($"skipped: there is no network in {folder}");
                return;
            }

            var (read, images, outputs) = NetworkFolder.Read(folder);
            using var owned = read;
            using var ownedImages = images;
            outputs.Dispose();
            if (parsed.GetValue(image) < 0 || parsed.GetValue(image) >= images.shape[0])
                throw new ArgumentOutOfRangeException("--image", parsed.GetValue(image), $"There are {images.shape[0]} images.");
            using var chosen = images[parsed.GetValue(image)];
            foreach (var width in parsed.GetValue(widths)!)
            {
                var set = SemanticSet.Of(new Brightness(-width, width), new Contrast(-width, width));
                PrintCuts(read.Graph, chosen, set, width, parsed.GetValue(samples), parsed.GetValue(cells)!);
                foreach (var tolerance in parsed.GetValue(tolerances)!)
                    Print(read.Graph, chosen, set, width, tolerance, parsed.GetValue(samples), parsed.GetValue(cells)!);
            }
        });
        return command;
    }

    private static void PrintCuts(Graph network, Tensor image, SemanticSet set, double width, int samples, int[] cells)
    {
        IUsnMetric[] metrics = [new SampledUsnMetric(samples), .. cells.Select(count => new BoundUsnMetric(SymbolBudget.All, count))];
        foreach (var metric in metrics)
        {
            var cuts = new ProbabilityBounding(network, set, new KeypointProperty(1), metric).Cuts(image);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                halfWidth = width,
                metric = metric.Name,
                meanSquareMove = cuts.Select(
                    cut => new { cut = cut.Cut.Name, cut.Constant, cut.Deviation, atMost = cut.Constant * cut.Constant * cut.Deviation }),
            }));
        }
    }

    private static void Print(Graph network, Tensor image, SemanticSet set, double width, double tolerance, int samples, int[] cells)
    {
        var property = new KeypointProperty(tolerance, KeypointNorm.Euclidean);
        var certificate = Timed(() =>
        {
            using var certifier = new Certifier(network, set, property);
            var keypoints = certifier.Certify(image).Keypoints;
            return Enum.GetValues<Verdict>()
                .ToDictionary(verdict => verdict.ToString(), verdict => keypoints.Count(keypoint => keypoint.Verdict == verdict));
        });
        var sampled = Timed(() =>
            new ProbabilitySampling(network, set, property, new() { Samples = samples, Confidence = Confidence })
                .Estimate(image)
                .Select(estimate => new { atLeast = 1 - estimate.Upper, atMost = 1 - estimate.Lower })
                .MaxBy(estimate => estimate.atMost));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            halfWidth = width,
            tolerance,
            certificate,
            clopperPearson = sampled,
            markovSampled = Markov(new SampledUsnMetric(samples)),
            markovProved = cells.Select(count => Markov(new BoundUsnMetric(SymbolBudget.All, count))),
        }));

        object Markov(IUsnMetric metric) => Timed(() =>
        {
            var worst = new ProbabilityBounding(network, set, property, metric).Keypoints(image).MaxBy(bound => bound.Upper)!;
            return new { metric = metric.Name, atMost = worst.Upper, cut = worst.Cut.Name };
        });
    }

    private static object Timed<T>(Func<T> work)
    {
        var clock = Stopwatch.StartNew();
        var result = work();
        return new { result, seconds = Math.Round(clock.Elapsed.TotalSeconds, 3) };
    }
}
