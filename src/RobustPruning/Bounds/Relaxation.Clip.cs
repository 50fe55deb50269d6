using static TorchSharp.torch;

namespace RobustPruning.Bounds;

internal sealed partial record Relaxation
{
    /// <summary>
    /// Encloses <c>min(max(z, 0), 1)</c>. Where [l, u] reaches over one edge it is a ReLU, upright or turned; where over both, it lies
    /// between λz and λz + 1 − λ with λ = 1 / (u − l).
    /// </summary>
    public static Relaxation OfClip(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        Tensor below = lower.lt(0), above = upper.gt(1), nothing = zeros_like(lower);
        Tensor dark = upper.le(0), bright = lower.ge(1), constant = dark.logical_or(bright);
        var width = where(upper.gt(lower), upper - lower, ones_like(lower));
        var both = below.logical_and(above);

        // max(z, 0) = λz + μ ± μ, and min(z, 1) = 1 − max(1 − z, 0) = λz + 1 − λ − μ ± μ with the limits 1 − u and 1 − l.
        Tensor bottomSlope = upper / width, topSlope = (1 - lower) / width, bothSlope = 1 / width;
        Tensor bottomSize = bottomSlope * lower * -0.5, topSize = topSlope * (upper - 1) * 0.5, bothSize = (1 - bothSlope) * 0.5;
        var slope = Choose(bothSlope, bottomSlope, topSlope, ones_like(lower), nothing);
        var size = Choose(bothSize, bottomSize, topSize, nothing, nothing);
        var offset = Choose(bothSize, bottomSize, 1 - topSlope - topSize, nothing, bright.to(lower.dtype));
        return new(slope.MoveToOuterDisposeScope(), offset.MoveToOuterDisposeScope(), size.MoveToOuterDisposeScope());

        Tensor Choose(Tensor overBoth, Tensor overBottom, Tensor overTop, Tensor inside, Tensor outside) =>
            where(constant, outside, where(both, overBoth, where(below, overBottom, where(above, overTop, inside))));
    }
}
