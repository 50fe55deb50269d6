using RobustPruning.Graphs;
using RobustPruning.Numerics;
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

    /// <summary>Encloses an activation.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="lower">The limits l.</param>
    /// <param name="upper">The limits u.</param>
    /// <exception cref="GraphException">There is no rule for it.</exception>
    public static ProofRelaxation Of(ActivationNode activation, Tensor lower, Tensor upper) => activation switch
    {
        ReluNode => OfRelu(lower, upper),
        LeakyReluNode leaky => OfLeakyRelu(lower, upper, leaky.NegativeSlope),
        SigmoidNode => OfSigmoid(lower, upper),
        TanhNode => OfTanh(lower, upper),
        ClipNode clip => OfClip(lower, upper, clip),
        _ => throw new GraphException(activation.Name, $"the certificate checker has no rule for {activation.GetType().Name}.")
            { Value = activation.GetType().Name },
    };

    /// <summary>Encloses <c>max(z, 0)</c>: DeepZ.</summary>
    public static ProofRelaxation OfRelu(Tensor lower, Tensor upper) => PiecewiseLinear(lower, upper, z => z.clamp_min(Scalars.Of(0)), 0);

    /// <summary>Encloses <c>min(max(z, 0), 1)</c>, whose own slope is nowhere above 1: limits need not include z's radius.</summary>
    public static ProofRelaxation OfCamera(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var clip = PiecewiseLinear(lower, upper, z => z.clamp(Scalars.Of(0), Scalars.Of(1)), 0, 1);
        return (clip with { RadiusSlope = ones_like(clip.Slope) }).MoveOut();
    }

    /// <summary>Encloses <c>min(max(z, a), b)</c>.</summary>
    public static ProofRelaxation OfClip(Tensor lower, Tensor upper, ClipNode node) =>
        PiecewiseLinear(lower, upper, z => z.clamp(Scalars.Of(node.Minimum), Scalars.Of(node.Maximum)), [.. node.Kinks]);

    /// <summary>Encloses <c>z</c> above 0 and <c>a·z</c> below, for any a.</summary>
    public static ProofRelaxation OfLeakyRelu(Tensor lower, Tensor upper, double a)
    {
        using var scope = NewDisposeScope();
        var leaky = PiecewiseLinear(lower, upper, z => z.clamp_min(Scalars.Of(0)).Plus(Scalars.Of(a) * z.clamp_max(Scalars.Of(0))), 0);
        var products = (leaky.RadiusSlope.Plus(Scalars.Of(Math.Abs(a))) * lower.abs()).Plus(leaky.RadiusSlope.Plus(Scalars.Of(1)) * upper.abs());
        return (leaky with { Size = where(leaky.Size.gt(Scalars.Of(0)), leaky.Size.Plus(products * Scalars.Of(2 * ProofRounding.Epsilon)), leaky.Size) }).MoveOut();
    }

    /// <summary>Encloses <c>1 / (1 + e⁻ᶻ)</c>, whose derivative is σ(z) σ(−z).</summary>
    public static ProofRelaxation OfSigmoid(Tensor lower, Tensor upper) =>
        OfSShaped(lower, upper, z => z.sigmoid(), z => z.sigmoid() * (-z).sigmoid());

    /// <summary>Encloses <c>tanh z</c>, whose derivative is 4 σ(2z) σ(−2z).</summary>
    public static ProofRelaxation OfTanh(Tensor lower, Tensor upper) =>
        OfSShaped(lower, upper, z => z.tanh(), z => (Scalars.Of(2) * z).sigmoid() * (Scalars.Of(-2) * z).sigmoid() * Scalars.Of(4));

    /// <summary>Encloses a value in [lower, upper] that is known to lie in [least, most] too: a share of itself, and the rest of that interval.</summary>
    public static ProofRelaxation OfMixture(Tensor share, Tensor least, Tensor most, Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var rest = Scalars.Of(1) - share;
        return Between(rest * least, rest * most, share, lower.abs().Plus(upper.abs()).Plus(least.abs()).Plus(most.abs()), zeros_like(share)).MoveOut();
    }

    /// <summary>
    /// Encloses a growing function whose derivative falls with |z|: with a slope no greater than the derivative at the limits, f(z) − slope·z
    /// grows too, from its value at l to that at u.
    /// </summary>
    private static ProofRelaxation OfSShaped(Tensor lower, Tensor upper, Func<Tensor, Tensor> function, Func<Tensor, Tensor> derivative)
    {
        using var scope = NewDisposeScope();
        var slope = derivative(lower.abs().maximum(upper.abs())) * Scalars.Of(1 - (16 * ProofRounding.Epsilon));
        slope = where(slope.gt(Scalars.Of(1e-30)), slope, zeros_like(slope));
        Tensor low = function(lower), high = function(upper), least = low - (slope * lower), greatest = high - (slope * upper);
        var exponentials = low.abs().Plus(high.abs()).Plus(slope * lower.abs().Plus(upper.abs())) * Scalars.Of(4 * ProofRounding.Epsilon);
        return Between(least, greatest, slope, lower.abs().Plus(upper.abs()).Plus(low.abs()).Plus(high.abs()), exponentials).MoveOut();
    }

    /// <summary>
    /// Encloses a continuous function that is linear but for kinks, between two parallels of slope (f(u) − f(l)) / (u − l): f(z) − slope·z
    /// has its extremes at the limits and at the kinks between them, whatever the slope.
    /// </summary>
    private static ProofRelaxation PiecewiseLinear(Tensor lower, Tensor upper, Func<Tensor, Tensor> function, params double[] kinks)
    {
        using var scope = NewDisposeScope();
        Tensor low = function(lower), high = function(upper), width = upper - lower;
        var slope = where(width.gt(Scalars.Of(0)), (high - low) / width, zeros_like(width));
        Tensor least = low - (slope * lower), greatest = least;
        foreach (var place in kinks.Select(kink => full_like(lower, Scalars.Of(kink)).maximum(lower).minimum(upper)).Append(upper))
        {
            var value = function(place) - (slope * place);
            (least, greatest) = (least.minimum(value), greatest.maximum(value));
        }

        return Between(least, greatest, slope, lower.abs().Plus(upper.abs()).Plus(low.abs()).Plus(high.abs()), zeros_like(lower)).MoveOut();
    }

    /// <summary>The strip between two parallels; one no wider than the roundings is a line.</summary>
    private static ProofRelaxation Between(Tensor least, Tensor greatest, Tensor slope, Tensor scale, Tensor margin)
    {
        using var scope = NewDisposeScope();
        var error = (scale * Scalars.Of(ProofRounding.Gamma(Roundings))).Plus(Scalars.Of(Underflow));
        var size = ((greatest - least) / Scalars.Of(2)).Plus(margin);
        var line = size.le(error);

        // Another's slope would leave its own scope, not this one.
        return new ProofRelaxation(
            slope.alias(), greatest.Plus(least) / Scalars.Of(2), where(line, zeros_like(size), size), slope.abs(), where(line, error.Plus(size), error)).MoveOut();
    }

    private ProofRelaxation MoveOut() => new(
        Slope.MoveToOuterDisposeScope(), Offset.MoveToOuterDisposeScope(), Size.MoveToOuterDisposeScope(),
        RadiusSlope.MoveToOuterDisposeScope(), Error.MoveToOuterDisposeScope());
}
