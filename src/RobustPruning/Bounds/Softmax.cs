using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// The softmax over the places of each channel, as eᶻ⁻ᵐ · 1/(n · mean eᶻ⁻ᵐ), both factors and their product enclosed to first order, mixed
/// with the range of independent values where that is narrower.
/// </summary>
internal static class Softmax
{
    public static Zonotope Apply(SoftmaxNode node, Zonotope input, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = input.Limits();
        var shift = (lower.Plus(upper) / Scalars.Of(2)).amax([2, 3], keepdim: true).detach();
        var (least, greatest) = Range(lower, upper, shift);
        var exponentials = input.Relax(Exponential(lower, upper, shift), budget);
        var mean = exponentials.Affine(node.Mean);
        var (meanLower, meanUpper) = mean.Limits();
        var leastMean = (lower - shift).exp().mean([2, 3], keepdim: true) * Scalars.Of(1 - (1e3 * Rounding.Epsilon(lower)));
        var factor = mean.Relax(Reciprocal(meanLower.maximum(leastMean), meanUpper.maximum(leastMean), node.Places), budget)
            .Affine(node.Spread);
        var product = Branches.Product(exponentials, factor, budget);
        var (productLower, productUpper) = product.Limits();
        if (!(productUpper - productLower).isfinite().all().item<bool>() || product.Error?.max().item<double>() >= 1e-6)
            return input
                .Relax(new Relaxation(zeros_like(lower), least.Plus(greatest) / Scalars.Of(2), (greatest - least) / Scalars.Of(2)), budget)
                .MoveOut();
        var share = (
            ((greatest - least) * Scalars.Of(4) / (productUpper - productLower).clamp_min(Scalars.Of(1e-30))) - Scalars.Of(2)).clamp(
                Scalars.Of(0), Scalars.Of(1));
        var rest = Scalars.Of(1) - share;
        return product
            .Relax(
                new Relaxation(share, rest * (least.Plus(greatest) / Scalars.Of(2)), rest * ((greatest - least) / Scalars.Of(2))),
                budget)
            .MoveOut();
    }

    /// <summary>Each value's least and greatest, whatever the others are within their limits.</summary>
    public static (Tensor Least, Tensor Greatest) Range(Tensor lower, Tensor upper, Tensor shift)
    {
        // Sums lose a step a term, exponents on the scale of their terms.
        var digits = Scalars.Of(((lower.shape[2] * lower.shape[3]) + 64.0) * Rounding.Epsilon(lower)) * shift.abs().Plus(Scalars.Of(1));
        Tensor low = (lower - shift).exp(),
            high = (upper - shift).exp(),
            lowSum = low.sum([2, 3], keepdim: true),
            highSum = high.sum([2, 3], keepdim: true);
        var least = low / low.Plus((highSum - high).clamp_min(Scalars.Of(0))).Plus(highSum * digits) * (Scalars.Of(1) - digits);
        var greatest = high / high.Plus((lowSum - low - (lowSum * digits)).clamp_min(Scalars.Of(0))) * digits.Plus(Scalars.Of(1));
        return (
            where(least.isnan(), zeros_like(least), least.clamp_min(Scalars.Of(0))),
            where(greatest.isnan(), ones_like(greatest), greatest.clamp_max(Scalars.Of(1))));
    }

    /// <summary>eᶻ⁻ᵐ between parallels of its chord: it is least over the chord where its slope is the chord's.</summary>
    private static Relaxation Exponential(Tensor lower, Tensor upper, Tensor shift)
    {
        Tensor low = lower - shift, high = upper - shift, width = high - low;
        var unit = Scalars.Of(Rounding.Epsilon(lower));
        var isWide = width.gt(Scalars.Of(1e-3));
        Tensor slope = where(
                isWide,
                (high.exp() - low.exp()) / where(isWide, width, ones_like(width)),
                (low.Plus(high) / Scalars.Of(2)).exp()),
            touch = slope.log().maximum(low).minimum(high);
        Tensor atEnds = (low.exp() - (slope * low)).maximum(high.exp() - (slope * high)), atTouch = touch.exp() - (slope * touch);
        var rounding = (high.exp().Plus(slope * low.abs().Plus(high.abs()).Plus(shift.abs() * Scalars.Of(2))) * unit * Scalars.Of(16)).Plus(
            Scalars.Of(Rounding.Underflow(lower)));
        return new Relaxation(
            slope,
            (atEnds.Plus(atTouch) / Scalars.Of(2)) - (slope * shift),
            ((atEnds - atTouch) / Scalars.Of(2)).clamp_min(Scalars.Of(0)).Plus(rounding));
    }

    /// <summary>1/(n·z) of positive limits, by the same rule.</summary>
    private static Relaxation Reciprocal(Tensor lower, Tensor upper, long count)
    {
        var (n, unit) = (Scalars.Of((double)count), Scalars.Of(Rounding.Epsilon(lower)));

        // The chord's slope is −1/(l·u), where the derivative is that at √(l·u).
        Tensor slope = Scalars.Of(-1) / (lower * upper * n), touch = (lower * upper).sqrt();
        Tensor atEnds = (Scalars.Of(1) / (lower * n)) - (slope * lower),
            other = (Scalars.Of(1) / (upper * n)) - (slope * upper),
            atTouch = (Scalars.Of(1) / (touch * n)) - (slope * touch);
        Tensor most = atEnds.maximum(other), rounding = most.Plus(atTouch) * unit * Scalars.Of(16);
        return new Relaxation(
            slope,
            most.Plus(atTouch) / Scalars.Of(2),
            ((most - atTouch) / Scalars.Of(2)).clamp_min(Scalars.Of(0)).Plus(rounding));
    }
}
