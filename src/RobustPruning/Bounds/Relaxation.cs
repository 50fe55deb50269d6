using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// An enclosure of a function of one value z over [lower, upper]: <c>slope·z + offset ± size</c>, each <c>[B, ...]</c>, size ≥ 0. Where
/// the function is linear on the interval, size is 0.
/// </summary>
internal sealed record Relaxation(Tensor Slope, Tensor Offset, Tensor Size) : IDisposable
{
    /// <summary>
    /// Encloses <c>max(z, 0)</c>. With limits l &lt; 0 &lt; u it lies within λz + μ ± μ, λ = u / (u − l), μ = −λl / 2: the parallelogram
    /// of least area (Singh et al., 2018).
    /// </summary>
    public static Relaxation OfRelu(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var unstable = lower.lt(0).logical_and(upper.gt(0));
        var slope = where(unstable, upper / (upper - lower).clamp_min(1e-30), lower.ge(0).to(lower.dtype));
        var size = where(unstable, slope * lower * -0.5, zeros_like(lower));
        return new(slope.MoveToOuterDisposeScope(), size.MoveToOuterDisposeScope(), size);
    }

    public void Dispose()
    {
        Slope.Dispose();
        Offset.Dispose();
        Size.Dispose();
    }

    /// <summary>
    /// Encloses <c>min(max(z, 0), 1)</c>. Where [l, u] reaches over one edge it is a ReLU, upright or turned; where over both, it lies
    /// between λz and λz + 1 − λ with λ = 1 / (u − l).
    /// </summary>
    public static Relaxation OfClip(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        Tensor below = lower.lt(0), above = upper.gt(1), width = (upper - lower).clamp_min(1e-30), nothing = zeros_like(lower);
        Tensor dark = upper.le(0), bright = lower.ge(1), constant = dark.logical_or(bright);
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
