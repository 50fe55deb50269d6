using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using RobustPruning.Benchmarks.Networks;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>tightness NETWORK_DIR --image I --brightness B --contrast C --gap G</c>: bounds one image's outputs, over one box or by branch and
/// bound to a relative gap, and prints, as one JSON line, the certified width over the sampled true width and what it took.
/// </summary>
internal static class TightnessCommand
{
    private const int Samples = 2000;

    public static int Run(string[] args)
    {
        if (args.Length % 2 == 0)
            return Usage();
        var values = new Dictionary<string, double>
        {
            ["--image"] = 0,
            ["--brightness"] = 0.02,
            ["--contrast"] = 0.02,
            ["--gap"] = 0,
            ["--batch"] = 2,
            ["--workers"] = Environment.ProcessorCount,
            ["--threads"] = Environment.ProcessorCount,
        };
        for (var index = 1; index < args.Length; index += 2)
        {
            if (!values.ContainsKey(args[index]) || !double.TryParse(args[index + 1], CultureInfo.InvariantCulture, out var value))
                return Usage();
            values[args[index]] = value;
        }

        set_num_threads((int)values["--threads"]);
        using var noGradient = no_grad();
        var (network, images, _) = NetworkFolder.Read(args[0]);
        using var image = images[(long)values["--image"]];
        var set = SemanticSet.Of(
            new Brightness(-values["--brightness"], values["--brightness"]), new Contrast(-values["--contrast"], values["--contrast"]));
        var trueWidth = SampledWidth(network.Graph, set, image);
        if (values["--gap"] > 0)
            return Search(network.Graph, set, image, trueWidth, values["--gap"], (int)values["--batch"], (int)values["--workers"]);
        using var frozen = BatchNormalizationFolding.Fold(network.Graph);
        var propagator = new SemanticIntervalPropagator(SymbolBudget.All);

        // First to warm up, so that compiling the code does not count.
        for (var run = 0; run < 5; run++)
            OneBox(propagator, frozen.Graph, set, image);
        var before = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        var (width, unstable) = OneBox(propagator, frozen.Graph, set, image);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            width = width / trueWidth,
            boxes = 1,
            seconds = clock.Elapsed.TotalSeconds,
            processorSeconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds,
            peakMemoryMiB = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0,
            method = propagator.Name,
            unstable,
        }));
        return 0;
    }

    private static int Search(Graph graph, SemanticSet set, Tensor image, double trueWidth, double gap, int batch, int workers)
    {
        using var search = new RangeSearch(graph, set, new RangeSearchOptions { Gap = gap, BoxesPerBatch = batch, Workers = workers });

        // First to warm up, so that compiling the code does not count; of a search that takes long it is a small part.
        var warming = Stopwatch.StartNew();
        for (var run = 0; run < 8 && warming.Elapsed.TotalSeconds < 5; run++)
            search.Search(image);
        var before = Environment.CpuUsage.TotalTime;
        var result = search.Search(image);
        var processor = Environment.CpuUsage.TotalTime - before;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            width = result.Upper.Zip(result.Lower, (high, low) => high - low).Sum() / trueWidth,
            boxes = result.Boxes,
            seconds = result.Elapsed.TotalSeconds,
            processorSeconds = processor.TotalSeconds,
            peakMemoryMiB = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0,
            method = $"branch and bound to {gap}, semantic interval, all symbols",
        }));
        return 0;
    }

    private static (double Width, long Unstable) OneBox(IBoundPropagator propagator, Graph graph, SemanticSet set, Tensor image)
    {
        using var scope = NewDisposeScope();
        using var perturbed = set.Enclose(image, set.Box);
        using var bounds = propagator.Propagate(graph, perturbed);
        return ((bounds.Output.Upper - bounds.Output.Lower).sum().item<double>(), bounds.PreActivations.Sum(node => node.Unstable()));
    }

    /// <summary>The sum over outputs of the width that sampled parameters and the corners reach.</summary>
    private static double SampledWidth(Graph graph, SemanticSet set, Tensor image)
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<double[]> thetas = [.. set.Box.Corners(), .. set.Box.Sample(Samples, new Random(0))];
        var outputs = cat([.. thetas.Chunk(64).Select(batch => graph.Forward(set.Apply(image, batch)))], 0);
        return (outputs.amax(0) - outputs.amin(0)).sum().item<float>();
    }

    private static int Usage()
    {
        Console.Error.WriteLine(
            "usage: tightness NETWORK_DIR [--image I] [--brightness B] [--contrast C] [--gap G] [--batch N] [--workers N] [--threads T]");
        return 2;
    }
}
