using RobustPruning.Graphs;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>A network with fresh weights and the widths that pruning leaves: the control that shows what pruning is good for.</summary>
internal static class SmallNetwork
{
    /// <summary>Takes the share from every layer of a fresh network, and scales its weights up as their inputs are fewer.</summary>
    /// <param name="fresh">The network of full width; it stays the caller's.</param>
    /// <param name="ratio">The pruning ratio.</param>
    /// <returns>The small network; the caller owns it.</returns>
    /// <exception cref="PruningException">The ratio would empty a layer.</exception>
    public static GraphModule Of(GraphModule fresh, double ratio)
    {
        var scores = ChannelGroup.Of(fresh.Graph).ToDictionary(group => group, group => new double[group.Width]);
        var small = ChannelPruner.Apply(fresh.Graph, PruningPlan.Create(fresh.Graph, scores, new PruningOptions { Ratio = ratio }));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (wide, narrow) in fresh.Graph.Nodes.Zip(small.Graph.Nodes))
        {
            // Fresh weights have a variance of c / inputs, so this makes them those of a fresh narrow layer.
            if (narrow.Module?.get_parameter("weight") is { } weight && weight.dim() > 1)
                weight.mul_(Math.Sqrt((double)Inputs(wide.Module!.get_parameter("weight")!) / Inputs(weight)));
        }

        return small;
    }

    private static long Inputs(Tensor weight) => weight.numel() / weight.shape[0];
}
