using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>pruning</c>: prunes a full ResNet18 by half of its channels, on one thread, and prints as one JSON line what groups, plan and cut
/// cost, whether the MACs that the report says are those of the weights, and how much faster a plain forward pass gets.
/// </summary>
internal static class PruningCommand
{
    public static Command Create()
    {
        var size = new Option<int>("--size") { Description = "Height and width of the images.", DefaultValueFactory = _ => 64 };
        var stem = new Option<ResNetStem>("--stem") { Description = "Cifar or ImageNet.", DefaultValueFactory = _ => ResNetStem.Cifar };
        var batch = new Option<int>("--batch") { Description = "Images in a forward pass.", DefaultValueFactory = _ => 16 };
        var runs = new Option<int>("--runs")
        {
            Description = "Forward passes of each network, in turn, of which the medians count; at least 1.",
            DefaultValueFactory = _ => 9,
        };
        var threads = new Option<int>("--threads") { Description = "libtorch's threads.", DefaultValueFactory = _ => 1 };
        var command = new Command("pruning", "Measures what pruning a ResNet18 costs, and gains.") { size, stem, batch, runs, threads };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(runs), 1, "--runs");
            set_num_threads(parsed.GetValue(threads));
            Run(
                new(Height: parsed.GetValue(size), Width: parsed.GetValue(size), Stem: parsed.GetValue(stem)),
                parsed.GetValue(batch),
                parsed.GetValue(runs));
            return 0;
        });
        return command;
    }

    private static void Run(ResNet18Options options, int batch, int runs)
    {
        using var noGradient = no_grad();
        using var network = ResNet18.Create(options);
        network.eval();
        var clock = Stopwatch.StartNew();
        var groups = ChannelGroup.Of(network.Graph);
        var grouped = clock.Elapsed;
        var random = new Random(0);
        var plan = PruningPlan.Create(
            network.Graph,
            groups.ToDictionary(group => group, group => Enumerable.Range(0, group.Width).Select(_ => random.NextDouble()).ToArray()));
        var planned = clock.Elapsed;
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        var applied = clock.Elapsed;

        using var images = rand(batch, options.Channels, options.Height, options.Width);
        var report = new PruningComparison(NetworkSummary.Of(network.Graph), NetworkSummary.Of(pruned.Graph));
        var (before, after) = Forward(network, pruned, images, runs);
        double macRatio = (double)report.Before.Macs / report.After.Macs, speedup = before / after;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            groups = groups.Count,
            groupSeconds = Rounded(grouped.TotalSeconds),
            planSeconds = Rounded((planned - grouped).TotalSeconds),
            applySeconds = Rounded((applied - planned).TotalSeconds),
            totalSeconds = Rounded(applied.TotalSeconds),
            macsBefore = report.Before.Macs,
            macsAfter = report.After.Macs,
            countedAfter = CountedMacs(pruned),
            parameterRatio = Rounded(report.ParameterRatio),
            macRatio = Rounded(macRatio),
            forwardBefore = Rounded(before),
            forwardAfter = Rounded(after),
            speedup = Rounded(speedup),
            shareOfMacRatio = Rounded(speedup / macRatio),
        }));
    }

    /// <summary>
    /// The median seconds of a forward pass of each network, run in turn so that a slow minute does not fall on one of them.
    /// </summary>
    private static (double Before, double After) Forward(GraphModule first, GraphModule second, Tensor images, int runs)
    {
        List<double> before = [], after = [];
        for (var run = -2; run < runs; run++)
        {
            foreach (var (network, times) in new[] { (first, before), (second, after) })
            {
                var clock = Stopwatch.StartNew();
                network.forward(images).Dispose();
                if (run >= 0)
                    times.Add(clock.Elapsed.TotalSeconds);
            }
        }

        return (before.Order().ElementAt(runs / 2), after.Order().ElementAt(runs / 2));
    }

    /// <summary>The MACs by another way: each weight counts once for every place of its layer's output.</summary>
    private static long CountedMacs(GraphModule network) =>
        network
            .Graph.Nodes.Where(node => node is ConvolutionNode or LinearNode)
            .Sum(node =>
                node.Module!.get_parameter("weight")!.numel() * node.Shape.Skip(1).Aggregate(1L, (product, length) => product * length));

    private static double Rounded(double value) => Math.Round(value, 4);
}
