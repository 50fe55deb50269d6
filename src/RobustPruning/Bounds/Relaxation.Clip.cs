using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

internal sealed partial record Relaxation
{
    /// <summary>
    /// Encloses <c>min(max(z, a), b)</c>, a ≤ b. Where [l, u] reaches over one edge it is a ReLU, upright or turned; where over both, it
    /// lies between λz + (1 − λ)a and λz + (1 − λ)b with λ = (b − a) / (u − l).
    /// </summary>
    public static Relaxation OfClip(Tensor lower, Tensor upper, double a, double b)
    {
        using var scope = NewDisposeScope();
        Tensor below = lower.lt(Scalars.Of(a)), above = upper.gt(Scalars.Of(b)), nothing = zeros_like(lower);
        Tensor dark = upper.le(Scalars.Of(a)), bright = lower.ge(Scalars.Of(b)), constant = dark.logical_or(bright);

        // An edge at infinity is nowhere reached; any number will do for it.
        double bottom = double.IsFinite(a) ? a : 0, top = double.IsFinite(b) ? b : 0;
        var width = where(upper.gt(lower), upper - lower, ones_like(lower));
        var both = below.logical_and(above);

        // max(z, a) = a + max(z − a, 0) = λz + (1 − λ)a + μ ± μ, and min(z, b) = b − max(b − z, 0) = λz + (1 − λ)b − μ ± μ.
        Tensor bottomSlope = (upper - Scalars.Of(bottom)) / width,
            topSlope = (Scalars.Of(top) - lower) / width,
            bothSlope = Scalars.Of(top - bottom) / width;
        Tensor bottomSize = bottomSlope * (Scalars.Of(bottom) - lower) * Scalars.Of(0.5),
            topSize = topSlope * (upper - Scalars.Of(top)) * Scalars.Of(0.5),
            bothSize = (Scalars.Of(1) - bothSlope) * Scalars.Of((top - bottom) * 0.5);
        var slope = Choose(bothSlope, bottomSlope, topSlope, ones_like(lower), nothing);
        var size = Choose(bothSize, bottomSize, topSize, nothing, nothing);
        var offset = Choose(
            (Scalars.Of(1) - bothSlope) * Scalars.Of((top + bottom) * 0.5),
            ((Scalars.Of(1) - bottomSlope) * Scalars.Of(bottom)).Plus(bottomSize),
            ((Scalars.Of(1) - topSlope) * Scalars.Of(top)) - topSize,
            nothing,
            where(dark, full_like(lower, Scalars.Of(bottom)), full_like(lower, Scalars.Of(top))));
        return new(slope.MoveToOuterDisposeScope(), offset.MoveToOuterDisposeScope(), size.MoveToOuterDisposeScope());

        Tensor Choose(Tensor overBoth, Tensor overBottom, Tensor overTop, Tensor inside, Tensor outside) =>
            where(constant, outside, where(both, overBoth, where(below, overBottom, where(above, overTop, inside))));
    }
}
