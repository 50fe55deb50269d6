using RobustPruning.Numerics;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// An enclosure of a function of one value z over [lower, upper]: <c>slope·z + offset ± size</c>, each <c>[B, ...]</c>, size ≥ 0. Where
/// the function is linear on the interval, size is 0.
/// </summary>
internal sealed partial record Relaxation(Tensor Slope, Tensor Offset, Tensor Size) : IDisposable
{
    /// <summary>Encloses an activation.</summary>
    /// <exception cref="GraphException">There is no rule for it.</exception>
    public static Relaxation Of(ActivationNode activation, Tensor lower, Tensor upper) => activation switch
    {
        ReluNode => OfRelu(lower, upper),
        LeakyReluNode leaky => OfLeakyRelu(lower, upper, leaky.NegativeSlope),
        SigmoidNode => OfSigmoid(lower, upper),
        TanhNode => OfTanh(lower, upper),
        ScalarFunctionNode function => OfSmooth(function, lower, upper),
        ClipNode clip => OfClip(lower, upper, clip.Minimum, clip.Maximum),
        _ => throw BoundsRecorder.Unknown(activation, "semantic interval"),
    };

    /// <summary>
    /// Encloses <c>max(z, 0)</c>. With limits l &lt; 0 &lt; u it lies within λz + μ ± μ, λ = u / (u − l), μ = −λl / 2: the parallelogram
    /// of least area (Singh et al., 2018).
    /// </summary>
    /// <remarks>For training losses and max pooling. Where rounding is added, a ReLU is one step of its own.</remarks>
    public static Relaxation OfRelu(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var unstable = lower.lt(Scalars.Of(0)).logical_and(upper.gt(Scalars.Of(0)));

        // However narrow the interval is, the slope must fit it: elsewhere the width only must not be zero.
        var width = where(unstable, upper - lower, ones_like(lower));
        var slope = where(unstable, upper / width, lower.ge(Scalars.Of(0)).to(lower.dtype));
        var size = where(unstable, slope * lower * Scalars.Of(-0.5), zeros_like(lower));
        return new(slope.MoveToOuterDisposeScope(), size.MoveToOuterDisposeScope(), size);
    }

    /// <summary>
    /// Encloses <c>z</c> above 0 and <c>a·z</c> below, for any a. With limits l &lt; 0 &lt; u the slope is the chord's,
    /// (u − a·l) / (u − l); the error is greatest or least at l, 0 or u.
    /// </summary>
    public static Relaxation OfLeakyRelu(Tensor lower, Tensor upper, double negativeSlope)
    {
        using var scope = NewDisposeScope();
        Tensor nothing = zeros_like(lower), unstable = lower.lt(Scalars.Of(0)).logical_and(upper.gt(Scalars.Of(0)));

        // As 1 / (1 − l / u) the share of the positive side does not overflow.
        var chord = ((Scalars.Of(1) / (Scalars.Of(1) - (lower / upper.clamp_min(Scalars.Of(1e-30))))) * Scalars.Of(1 - negativeSlope)).Plus(
            Scalars.Of(negativeSlope));
        var slope = where(unstable, chord, where(lower.ge(Scalars.Of(0)), ones_like(lower), full_like(lower, Scalars.Of(negativeSlope))));
        Tensor atLower = (Scalars.Of(negativeSlope) - slope) * lower, atUpper = (Scalars.Of(1) - slope) * upper;
        Tensor least = atLower.minimum(atUpper).clamp_max(Scalars.Of(0)), greatest = atLower.maximum(atUpper).clamp_min(Scalars.Of(0));
        var rounding = (
            (slope.abs().Plus(Scalars.Of(Math.Abs(negativeSlope))) * lower.abs()).Plus(slope.abs().Plus(Scalars.Of(1)) * upper.abs())
            * Scalars.Of(2 * Rounding.Epsilon(lower))).Plus(Scalars.Of(Rounding.Underflow(lower)));
        return new Relaxation(
            slope,
            where(unstable, least.Plus(greatest) / Scalars.Of(2), nothing),
            where(unstable, ((greatest - least) / Scalars.Of(2)).Plus(rounding), nothing)).MoveOut();
    }

    public void Dispose()
    {
        Slope.Dispose();
        Offset.Dispose();
        Size.Dispose();
    }

    private Relaxation MoveOut()
    {
        Slope.MoveToOuterDisposeScope();
        Offset.MoveToOuterDisposeScope();
        Size.MoveToOuterDisposeScope();
        return this;
    }
}
