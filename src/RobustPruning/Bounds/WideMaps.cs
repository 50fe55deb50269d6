using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Centre and generators under the linear part of a layer, in 64-bit numbers.
/// </summary>
internal static class WideMaps
{
    /// <summary>The values under the layer, <c>[B, n, ...]</c>, and how many roundings lie behind each.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="rows">n maps or vectors for each box, <c>[B, n, ...]</c>.</param>
    public static (Tensor Values, long Terms) Linear(AffineNode node, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var values = node.Linear(rows.flatten(0, 1));
        return (values.reshape([rows.shape[0], -1, .. values.shape.Skip(1)]).MoveToOuterDisposeScope(), node.Terms);
    }
}
