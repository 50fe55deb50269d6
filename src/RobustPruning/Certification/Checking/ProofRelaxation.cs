using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// An enclosure of a function of one value z over [l, u]: <c>slope·z + offset ± size ± error</c>, each <c>[1, ...]</c>. The error covers
/// rounding; <see cref="RadiusSlope"/> is what an uncertainty of z that is not in [l, u]'s symbols is multiplied by.
/// </summary>
internal sealed record ProofRelaxation(Tensor Slope, Tensor Offset, Tensor Size, Tensor RadiusSlope, Tensor Error)
{
    // Slope, offset, size and their use take fewer than this many roundings on the scale of the limits and values.
    private const long Roundings = 32;

    // What numbers below the normal range may lose.
    private const double Underflow = 1e-306;

    /// <summary>Encloses <c>max(z, 0)</c>: DeepZ.</summary>
    public static ProofRelaxation OfRelu(Tensor lower, Tensor upper) => PiecewiseLinear(lower, upper, z => z.clamp_min(0), 0);

    /// <summary>Encloses <c>min(max(z, 0), 1)</c>, whose own slope is nowhere above 1: limits need not include z's radius.</summary>
    public static ProofRelaxation OfClip(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var clip = PiecewiseLinear(lower, upper, z => z.clamp(0, 1), 0, 1);
        return (clip with { RadiusSlope = ones_like(clip.Slope) }).MoveOut();
    }

    /// <summary>
    /// Encloses a continuous function that is linear but for kinks, between two parallels of slope (f(u) − f(l)) / (u − l): f(z) − slope·z
    /// has its extremes at the limits and at the kinks between them, whatever the slope.
    /// </summary>
    private static ProofRelaxation PiecewiseLinear(Tensor lower, Tensor upper, Func<Tensor, Tensor> function, params double[] kinks)
    {
        using var scope = NewDisposeScope();
        Tensor low = function(lower), high = function(upper), width = upper - lower;
        var slope = where(width.gt(0), (high - low) / width, zeros_like(width));
        Tensor least = low - (slope * lower), greatest = least;
        foreach (var place in kinks.Select(kink => full_like(lower, kink).maximum(lower).minimum(upper)).Append(upper))
        {
            var value = function(place) - (slope * place);
            (least, greatest) = (least.minimum(value), greatest.maximum(value));
        }

        var error = ((lower.abs() + upper.abs() + low.abs() + high.abs()) * ProofRounding.Own(Roundings)) + Underflow;
        return new ProofRelaxation(slope, (greatest + least) / 2, (greatest - least) / 2, slope.abs(), error).MoveOut();
    }

    private ProofRelaxation MoveOut() => new(
        Slope.MoveToOuterDisposeScope(), Offset.MoveToOuterDisposeScope(), Size.MoveToOuterDisposeScope(),
        RadiusSlope.MoveToOuterDisposeScope(), Error.MoveToOuterDisposeScope());
}
