using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Finds channels whose value is constant over the whole perturbation set of every given image, by sound bounds, and plans to remove them
/// with the constant folded into their readers' biases. On that set the function stays what it is.
/// </summary>
public static class ConstantFolding
{
    /// <summary>Plans to remove the constant channels. Of a group that is constant altogether, the first channel stays.</summary>
    /// <param name="network">The network; it counts in evaluation mode.</param>
    /// <param name="images">Images in [0, 1], <c>[N, C, H, W]</c>, N at least 1: a channel must have one constant over all of them.</param>
    /// <param name="set">What may change about an image.</param>
    /// <param name="tolerance">
    /// By how much a channel's bounds may differ, relative to 1 + its size, and still count as constant: rounding widens bounds by about
    /// 1e-6. In [0, 1).
    /// </param>
    /// <param name="cancellationToken">Stops the work between two images.</param>
    /// <returns>
    /// The plan. A constant that is not zero where a convolution with padding reads it stays: there the padding is zero, so that no bias
    /// can stand in for it.
    /// </returns>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c> with N at least 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is out of its range.</exception>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public static PruningPlan Plan(
        Graph network, Tensor images, SemanticSet set, double tolerance = 1e-5, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(set);
        network.RequireBatch(images);
        if (!(tolerance >= 0 && tolerance < 1))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be in [0, 1).");

        var plan = PruningPlan.Nothing(network);
        var ranges = Ranges(
            network,
            images,
            set,
            [.. plan.Removed.Keys.SelectMany(group => group.Inputs).Select(Read).Distinct()],
            cancellationToken);
        foreach (var group in plan.Removed.Keys)
        {
            var folded = Enumerable
                .Range(0, group.Width)
                .Select(channel => Fold(group, channel, ranges, tolerance))
                .OfType<FoldedChannel>()
                .ToList();
            if (folded.Count == group.Width)
                folded.RemoveAt(0);
            if (folded.Count > 0)
                plan = plan.Remove(group, [.. folded.Select(channel => channel.Channel)]).Fold(folded);
        }

        return plan;
    }

    private static GraphNode Read(ChannelEntries layer) => layer.Node.Inputs[0];

    private static FoldedChannel? Fold(
        ChannelGroup group, int channel, Dictionary<GraphNode, (double[] Lower, double[] Upper)> ranges, double tolerance)
    {
        var constants = new List<double[]>();
        foreach (var layer in group.Inputs)
        {
            var (lower, upper) = ranges[Read(layer)];
            var places = lower.Length / (int)Read(layer).Channels;
            var values = new List<double>();
            foreach (var entry in layer.Entries[channel])
            {
                double least = lower.AsSpan(entry * places, places).ToArray().Min(),
                    most = upper.AsSpan(entry * places, places).ToArray().Max();
                var size = Math.Max(Math.Abs(least), Math.Abs(most));
                var constant = size <= tolerance ? 0 : (least + most) / 2;
                if (!(most - least <= tolerance * (1 + size))
                    || (constant != 0 && layer.Node is ConvolutionNode { HasPadding: true } or TransposedConvolutionNode))
                    return null;
                values.Add(constant);
            }

            constants.Add([.. values]);
        }

        return new FoldedChannel(group, channel, constants);
    }

    /// <summary>The bounds of some nodes over all images' sets, one number a neuron.</summary>
    private static Dictionary<GraphNode, (double[] Lower, double[] Upper)> Ranges(
        Graph network, Tensor images, SemanticSet set, GraphNode[] nodes, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(network);
        var ranges = new Dictionary<GraphNode, (Tensor Lower, Tensor Upper)>();
        var propagator = new SemanticIntervalPropagator(SymbolBudget.All);
        for (var n = 0L; n < images.shape[0]; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            foreach (var bounds in propagator.Bounds(network, set.Enclose(images[n], [set.Box]), nodes))
            {
                var (lower, upper) = ranges.TryGetValue(bounds.Node, out var before)
                    ? (before.Lower.minimum(bounds.Lower), before.Upper.maximum(bounds.Upper)) : (bounds.Lower, bounds.Upper);
                ranges[bounds.Node] = (lower.MoveToOuterDisposeScope(), upper.MoveToOuterDisposeScope());
            }
        }

        return ranges.ToDictionary(entry => entry.Key, entry => (Numbers(entry.Value.Lower), Numbers(entry.Value.Upper)));
    }

    private static double[] Numbers(Tensor values) => values.to(float64).cpu().contiguous().flatten().data<double>().ToArray();
}
