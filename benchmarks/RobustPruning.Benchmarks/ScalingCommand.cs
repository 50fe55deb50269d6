using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using KeypointRobustness.Reports;
using RobustPruning.Benchmarks.Networks;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>scaling NETWORK_DIR ...</c>: bounds one box of growing width about no change, and prints what it costs beside the number of unstable
/// neurons, one JSON line a width; with <c>--svg FILE</c> a plot too.
/// </summary>
internal static class ScalingCommand
{
    public static Command Create()
    {
        var networks = new Argument<string[]>("networks") { Description = "Folders that dump wrote.", Arity = ArgumentArity.OneOrMore };
        var image = new Option<int>("--image") { Description = "The image's index.", DefaultValueFactory = _ => 0 };
        var from = new Option<double>("--from")
        {
            Description = "The least half width, of brightness and of contrast.",
            DefaultValueFactory = _ => 0.001,
        };
        var to = new Option<double>("--to") { Description = "The greatest half width.", DefaultValueFactory = _ => 0.1 };
        var steps = new Option<int>("--steps")
        {
            Description = "How many widths, in equal ratios; at least 2.",
            DefaultValueFactory = _ => 9,
        };
        var runs = new Option<int>("--runs")
        {
            Description = "Runs of each width, of which the median counts; at least 1.",
            DefaultValueFactory = _ => 5,
        };
        var threads = new Option<int>("--threads")
        {
            Description = "libtorch's threads; the certifier's workers have one each.",
            DefaultValueFactory = _ => 1,
        };
        var svg = new Option<string?>("--svg") { Description = "Where to write the plot." };
        var command = new Command("scaling", "Measures the cost of a box against the number of unstable neurons.")
        {
            networks, image, from, to, steps, runs, threads, svg,
        };
        command.SetAction(parsed =>
        {
            set_num_threads(parsed.GetValue(threads));
            var widths = Widths(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(steps));
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(runs), 1, "--runs");
            var series = parsed
                .GetValue(networks)!
                .Select(folder => Measure(folder, parsed.GetValue(image), widths, parsed.GetValue(runs)))
                .ToList();
            if (parsed.GetValue(svg) is { } path)
                Plot(path, series);
            return 0;
        });
        return command;
    }

    private static double[] Widths(double from, double to, int steps)
    {
        if (!(from > 0 && to > from) || double.IsInfinity(to))
            throw new ArgumentException($"--from {from} must be positive and below --to {to}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2, "--steps");
        return [.. Enumerable.Range(0, steps).Select(step => from * Math.Pow(to / from, step / (steps - 1.0)))];
    }

    private static PointSeries Measure(string folder, int image, double[] widths, int runs)
    {
        using var noGradient = no_grad();
        var (network, images, outputs) = NetworkFolder.Read(folder);
        using var owned = network;
        using var ownedImages = images;
        outputs.Dispose();
        if (image < 0 || image >= images.shape[0])
            throw new ArgumentOutOfRangeException("--image", image, $"There are {images.shape[0]} images.");
        using var frozen = BatchNormalizationFolding.Fold(network.Graph);
        using var chosen = images[image];
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

        // To warm up: compiling and the first allocations should not count.
        for (var run = 0; run < 3; run++)
            OneBox(frozen.Graph, chosen, widths[^1]);

        // All widths in turn, run by run, so that a slow minute of the machine does not fall on one of them.
        var seconds = widths.Select(_ => new List<double>()).ToList();
        var unstable = new long[widths.Length];
        for (var run = 0; run < runs; run++)
        {
            for (var step = 0; step < widths.Length; step++)
            {
                var clock = Stopwatch.StartNew();
                unstable[step] = OneBox(frozen.Graph, chosen, widths[step]);
                seconds[step].Add(clock.Elapsed.TotalSeconds);
            }
        }

        var points = widths.Select((_, step) => ((double)unstable[step], 1000 * Median(seconds[step]))).ToList();
        for (var step = 0; step < widths.Length; step++)
        {
            var (neurons, milliseconds) = points[step];
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        network = name,
                        image,
                        halfWidth = widths[step],
                        unstable = neurons,
                        milliseconds,
                        exponent = Exponent(points, step),
                    }));
        }

        return new PointSeries(name, points);
    }

    private static void Plot(string path, IReadOnlyList<PointSeries> series)
    {
        // Beside each curve, what growth in proportion to the neurons would be from its middle on.
        var proportional = series.Select(curve =>
        {
            var ((x, y), (last, _)) = (curve.Points[curve.Points.Count / 2], curve.Points[^1]);
            return new PointSeries($"{curve.Name}, in proportion", [(x, y), (last, y * last / x)], "#7F8C8D");
        });
        Chart.Save(
            path,
            Charts.Points(
                new PlotLabels("What a box costs", "unstable neurons", "milliseconds"),
                [.. series, .. proportional], lines: true, logarithmicX: true, logarithmicY: true));
    }

    private static long OneBox(Graph graph, Tensor image, double halfWidth)
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new Brightness(-halfWidth, halfWidth), new Contrast(-halfWidth, halfWidth));
        using var perturbed = set.Enclose(image, set.Box);
        using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(graph, perturbed);
        return bounds.PreActivations.Sum(node => node.Unstable());
    }

    /// <summary>The power of the number of unstable neurons that the cost grew with since the width before; null for the first.</summary>
    private static double? Exponent(List<(double Unstable, double Milliseconds)> points, int step) =>
        step > 0 && points[step].Unstable > points[step - 1].Unstable && points[step - 1].Unstable > 0
            ? Math.Log(points[step].Milliseconds / points[step - 1].Milliseconds)
                / Math.Log(points[step].Unstable / points[step - 1].Unstable)
            : null;

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
