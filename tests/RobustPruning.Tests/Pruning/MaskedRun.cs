using RobustPruning.Graphs;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

/// <summary>
/// The slow, obvious reference of pruning: the original network, in which every layer that reads a removed channel reads zeros.
/// </summary>
internal static class MaskedRun
{
    /// <summary>The output; the caller owns it.</summary>
    public static Tensor Forward(PruningPlan plan, Tensor images)
    {
        using var scope = NewDisposeScope();
        return plan
            .Network.Evaluate(
                images,
                (node, inputs) => node.Forward([.. inputs.Select((value, _) => Masked(plan, node, value))]),
                (_, _) => { })
            .MoveToOuterDisposeScope();
    }

    private static Tensor Masked(PruningPlan plan, GraphNode node, Tensor value)
    {
        foreach (var (group, removed) in plan.Removed)
        {
            foreach (var layer in group.Inputs.Where(layer => layer.Node == node))
            {
                value = value.clone();
                foreach (var entry in removed.SelectMany(channel => layer.Entries[channel]))
                    value.narrow(1, entry, 1).zero_();
            }
        }

        return value;
    }
}
