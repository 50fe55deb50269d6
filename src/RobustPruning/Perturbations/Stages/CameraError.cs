using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>The error of each value for itself: what the transforms leave, sensor noise, and the camera's rounding.</summary>
internal static class CameraError
{
    private const double HalfStep = 0.5 / 255;

    // In 32-bit numbers 255 v, its rounding and the division err too: by less than 2^-22 of the value.
    private const double FloatError = 1 / 4194304.0;

    /// <summary>
    /// The radius, <c>[B, C, H, W]</c>, or null if it is zero. Rounding follows the clip, but its error counts before: inside [0, 1] the
    /// clip lets it pass, and values outside are clipped to 0 or 1, which rounding does not change.
    /// </summary>
    public static Tensor? Of(SemanticSet set, Tensor centre, EnclosedMove move)
    {
        if (!set.EightBitRounding && set.Noise == 0)
            return move.Radius?.alias();
        using var scope = NewDisposeScope();
        var noise = set.NoiseRadii.Like(centre[0]) * Scalars.Of(1 + FloatError);
        var radius = (move.Radius ?? zeros_like(centre)).Plus(noise);
        if (set.EightBitRounding)
            radius = radius
                .Plus(Scalars.Of(HalfStep))
                .Plus(Scalars.Of(FloatError * (set.Clip ? 1 : Greatest(centre, move.Generators, radius))));
        return radius.MoveToOuterDisposeScope();
    }

    private static double Greatest(Tensor centre, Tensor generators, Tensor radius) =>
        Math.Max(1, centre.abs().Plus(generators.abs().sum([1])).Plus(radius).max().to(float64).item<double>());
}
