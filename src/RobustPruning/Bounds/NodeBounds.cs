using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Sound lower and upper bounds of one node's value, for each of B boxes. It owns its tensors.</summary>
public sealed class NodeBounds : IDisposable
{
    /// <summary>Takes over the tensors.</summary>
    /// <param name="node">The node that is bounded.</param>
    /// <param name="lower"><c>[B, ...]</c>.</param>
    /// <param name="upper"><c>[B, ...]</c>, nowhere below <paramref name="lower"/>.</param>
    public NodeBounds(GraphNode node, Tensor lower, Tensor upper)
    {
        Node = node;
        Lower = lower;
        Upper = upper;
    }

    /// <summary>The node that is bounded.</summary>
    public GraphNode Node { get; }

    /// <summary>No input of the box gives less: <c>[B, ...]</c>.</summary>
    public Tensor Lower { get; }

    /// <summary>No input of the box gives more: <c>[B, ...]</c>.</summary>
    public Tensor Upper { get; }

    /// <summary>How many neurons have lower &lt; 0 &lt; upper, over all boxes.</summary>
    public long Unstable()
    {
        using var scope = NewDisposeScope();
        return Lower.lt(0).logical_and(Upper.gt(0)).sum().item<long>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Lower.Dispose();
        Upper.Dispose();
    }
}
