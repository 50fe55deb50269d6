using System.Globalization;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
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

    /// <summary>Where the nonlinearities that read the node bend: at 0, but for a clip at its limits.</summary>
    public IReadOnlyList<double> Kinks { get; init; } = [0];

    /// <summary>How many neurons are unstable, over all boxes: lower &lt; kink &lt; upper for one of <see cref="Kinks"/>.</summary>
    public long Unstable()
    {
        using var scope = NewDisposeScope();
        return Kinks.Count == 0 ? 0 : Kinks.Select(kink => Lower.lt(Scalars.Of(kink)).logical_and(Upper.gt(Scalars.Of(kink))))
            .Aggregate((unstable, others) => unstable.logical_or(others)).sum().item<long>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Lower.Dispose();
        Upper.Dispose();
    }

    /// <summary>For example <c>conv2 [32x16x16]: 2 boxes, 4.2 wide at most, 12 unstable</c>.</summary>
    public override string ToString()
    {
        using var scope = NewDisposeScope();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Node}: {Lower.shape[0]} boxes, {(Upper - Lower).max().to(float64).item<double>():g3} wide at most, {Unstable()} unstable");
    }
}
