using RobustPruning.Numerics;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Max pooling as a running maximum over the entries of a window, row by row: with d = b − a, max(a, b) = a + max(d, 0), and where
/// max(d, 0) lies in λd + μ ± μ, that is (1 − λ)a + λb + μ ± μ. What a and b have in common stays; where one is never below the other,
/// the maximum is exact.
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
            var (candidate, candidatePresent) = (input.Affine(entry), entry.Linear(map).gt(Scalars.Of(0)));
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

        var narrowed = Narrowed(greatest!, input, node, budget);
        return (
            narrowed.Error is null
                ? narrowed
                : narrowed with
                {
                    Error = narrowed.Error * Scalars.Of(OperatorNorm.Of(node) * (1 + Rounding.Arithmetic)),
                }).MoveOut();
    }

    /// <summary>
    /// Many values of a window that cross may leave much more than the box [max l, max u], which in turn forgets what values have in
    /// common. The maximum lies in both, and so in any mixture of them.
    /// </summary>
    private static Zonotope Narrowed(Zonotope greatest, Zonotope input, MaxPoolNode node, SymbolBudget budget)
    {
        var (lower, upper) = greatest.Limits();
        var (inputLower, inputUpper) = input.Limits();
        Tensor least = node.Pool(inputLower), most = node.Pool(inputUpper), share = RunningShare(most - least, upper - lower);
        if (!share.lt(Scalars.Of(1)).any().item<bool>())
            return greatest;
        var rest = Scalars.Of(1) - share;
        return greatest.Relax(
            new Relaxation(share, rest * (least.Plus(most) / Scalars.Of(2)), rest * ((most - least) / Scalars.Of(2))),
            budget);
    }

    /// <summary>
    /// The share of the running maximum: none where the box is at most half as wide, all where it is at least three quarters as wide. It
    /// does not jump: bounds that rounding moves a little stay near each other.
    /// </summary>
    private static Tensor RunningShare(Tensor boxWidth, Tensor runningWidth) =>
        ((boxWidth * Scalars.Of(4) / runningWidth.clamp_min(Scalars.Of(1e-30))) - Scalars.Of(2)).clamp(Scalars.Of(0), Scalars.Of(1));

    /// <summary>
    /// The greater of two values, or the one that is no padding. A mixture errs no more than the one of the two that errs most: so until
    /// the end the error is that of a single value, and then a window errs no more than its worst entry does, which may be in several
    /// windows.
    /// </summary>
    private static Zonotope Greater(Zonotope first, Tensor firstPresent, Zonotope second, Tensor secondPresent, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = Branches.Sum([second, first.Scale(-ones_like(first.Centre))], SymbolBudget.All).Limits();
        var rectified = Relaxation.OfRelu(lower, upper);
        Tensor both = firstPresent.logical_and(secondPresent), nothing = zeros_like(lower);
        var share = where(both, rectified.Slope, secondPresent.to(lower.dtype).expand_as(lower));
        var size = where(both, rectified.Size, nothing);
        var sum = Branches.Sum([first.Exact().Scale(Scalars.Of(1) - share), second.Exact().Scale(share)], SymbolBudget.All);
        sum = sum with { Centre = sum.Centre.Plus(size) };
        if (sum.Error is not null)
        {
            var lost = EuclideanNorm.Upper(
                lower.abs().Plus(upper.abs()) * size.gt(Scalars.Of(0)).to(size.dtype) * Scalars.Of(Rounding.Arithmetic));
            sum = sum with { Error = sum.Error.Plus(first.Error!.maximum(second.Error!)).Plus(lost) * Scalars.Of(1 + Rounding.Arithmetic) };
        }

        return sum.WithErrors(size, budget).MoveOut();
    }
}
