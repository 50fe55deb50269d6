using System.Diagnostics;
using MathNet.Numerics.Statistics;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>
/// Does USN foretell which channels make a network hard to certify? Removes every channel alone, and bounds what is left.
/// </summary>
internal static class HardnessStudy
{
    private static readonly (string Name, IPruningPolicy Policy, int Sign)[] Policies =
    [
        // Low USN scores foretell hardness, and so does importance.
        ("contribution", new LowestUsnPolicy(UsnRanking.Contribution), -1),
        ("raw deviation", new LowestUsnPolicy(UsnRanking.Raw), -1),
        ("relative deviation", new LowestUsnPolicy(UsnRanking.Relative), -1),
        ("contribution, by bounds", new LowestUsnPolicy(UsnRanking.Contribution, new BoundUsnMetric()), -1),
        ("Taylor importance", new TaylorPolicy(), 1),
    ];

    /// <summary>What foretells.</summary>
    public static IReadOnlyList<string> Measures { get; } = [.. Policies.Select(policy => policy.Name)];

    /// <summary>Everything that a study depends on, by name.</summary>
    public static SortedDictionary<string, string> Options(ReproductionPreset preset, ReproductionRun run)
    {
        var options = ResultOptions.Of(preset, run);
        foreach (var name in new[] { "questions", "certified images", "boxes" })
            options.Remove(name);
        options["bounded images"] = FormattableString.Invariant($"{preset.HardnessImages}");
        options["measures"] = string.Join("; ", Measures);
        return options;
    }

    /// <summary>Studies a trained network.</summary>
    /// <param name="context">The network and what measures may look at.</param>
    /// <param name="network">The same network.</param>
    /// <param name="images">The images to bound.</param>
    /// <param name="progress">Told the share of channels that are done.</param>
    /// <param name="cancellationToken">Stops the study.</param>
    public static (double Range, IReadOnlyList<ChannelHardness> Channels, double Seconds) Study(
        PruningContext context, GraphModule network, Tensor images, Action<double> progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var scores = Policies.Select(measure => measure.Policy.Score(context, cancellationToken).ToDictionary(
            entry => entry.Key.Name, entry => entry.Value.Select(score => measure.Sign * score).ToArray())).ToList();
        var whole = Range(network, context.Set, images, cancellationToken);
        var nothing = PruningPlan.Nothing(network.Graph);
        var channels = new List<ChannelHardness>();
        var count = context.Groups.Sum(group => group.Width);
        foreach (var group in context.Groups)
        {
            for (var channel = 0; channel < group.Width; channel++)
            {
                using var without = ChannelPruner.Apply(network.Graph, nothing.Remove(group, channel));
                channels.Add(
                    new ChannelHardness(
                        group.Name,
                        channel,
                        whole - Range(without, context.Set, images, cancellationToken),
                        [.. scores.Select(score => score[group.Name][channel])]));
                progress((double)channels.Count / count);
            }
        }

        return (whole, channels, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Spearman's rank correlation of a measure with the drop, over all channels.</summary>
    public static double Correlation(IEnumerable<ChannelHardness> channels, int measure) =>
        MathNet.Numerics.Statistics.Correlation.Spearman(
            channels.Select(channel => channel.Foretold[measure]),
            channels.Select(channel => channel.DropPx));

    /// <summary>The mean over layers of the correlation among each layer's own channels.</summary>
    public static double CorrelationWithinLayers(IEnumerable<ChannelHardness> channels, int measure) =>
        channels
            .GroupBy(channel => channel.Layer)
            .Where(layer => layer.Count() > 2)
            .Select(layer => Correlation(layer, measure))
            .Where(double.IsFinite)
            .Mean();

    private static double Range(GraphModule network, SemanticSet light, Tensor images, CancellationToken cancellationToken) =>
        MethodMeasurement.OneBox(network, light, images, cancellationToken).Average(box => box.CertifiedRange);
}
