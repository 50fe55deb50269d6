using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Max pooling as a running maximum over the entries of a window, row by row: with d = b − a, max(a, b) = a + max(d, 0), and where
/// max(d, 0) lies in λd + μ ± μ, that is (1 − λ)a + λb + μ ± μ. What a and b have in common stays; where one is never below the other,
/// the maximum is exact. The limits may be wider than those of the box [max l, max u]; a box in its place forgets θ, and ends looser.
/// </summary>
internal static class MaxPooling
{
    /// <summary>The greatest value of each window.</summary>
    public static Zonotope Apply(MaxPoolNode node, Zonotope input, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var map = ones([1, 1, .. node.Input.Shape.Skip(1)], dtype: input.Centre.dtype, device: input.Centre.device);
        Zonotope? greatest = null;
        Tensor? present = null;
        foreach (var entry in node.Entries)
        {
            var (candidate, candidatePresent) = (input.Affine(entry), entry.Linear(map).gt(0));
            if (greatest is null || present is null)
            {
                (greatest, present) = (candidate, candidatePresent);
                continue;
            }

            var next = Greater(greatest, present, candidate, candidatePresent, budget);
            greatest.Dispose();
            candidate.Dispose();
            (greatest, present) = (next, present.logical_or(candidatePresent));
        }

        return greatest!.MoveOut();
    }

    /// <summary>The greater of two values, or the one that is no padding.</summary>
    private static Zonotope Greater(Zonotope first, Tensor firstPresent, Zonotope second, Tensor secondPresent, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = Zonotope.Sum([second, first.Scale(-ones_like(first.Centre))], SymbolBudget.All).Limits();
        var rectified = Relaxation.OfRelu(lower, upper);
        Tensor both = firstPresent.logical_and(secondPresent), nothing = zeros_like(lower);
        var share = where(both, rectified.Slope, secondPresent.to(lower.dtype).expand_as(lower));
        var size = where(both, rectified.Size, nothing);
        var sum = Zonotope.Sum([first.Scale(1 - share), second.Scale(share)], SymbolBudget.All);
        return (sum with { Centre = sum.Centre + size }).WithErrors(size, budget).MoveOut();
    }
}
