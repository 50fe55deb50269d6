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
        ScalarFunctionNode { Function: ScalarFunction.Hardswish } => OfHardswish(lower, upper),
        ScalarFunctionNode function => OfSmooth(lower, upper, ProofFunction.Of(function)),
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
        var products = (leaky.RadiusSlope.Plus(Scalars.Of(Math.Abs(a))) * lower.abs()).Plus(
            leaky.RadiusSlope.Plus(Scalars.Of(1)) * upper.abs());
        return (
            leaky with
            {
                Size = where(leaky.Size.gt(Scalars.Of(0)), leaky.Size.Plus(products * Scalars.Of(2 * ProofRounding.Epsilon)), leaky.Size),
            }).MoveOut();
    }

    /// <summary>Encloses <c>1 / (1 + e⁻ᶻ)</c>, whose derivative is σ(z) σ(−z).</summary>
    public static ProofRelaxation OfSigmoid(Tensor lower, Tensor upper) =>
        OfSShaped(lower, upper, z => z.sigmoid(), z => z.sigmoid() * (-z).sigmoid());

    /// <summary>Encloses <c>tanh z</c>, whose derivative is 4 σ(2z) σ(−2z).</summary>
    public static ProofRelaxation OfTanh(Tensor lower, Tensor upper) =>
        OfSShaped(lower, upper, z => z.tanh(), z => (Scalars.Of(2) * z).sigmoid() * (Scalars.Of(-2) * z).sigmoid() * Scalars.Of(4));

    /// <summary>
    /// Encloses a smooth function between two parallels of its chord: f(z) − slope·z has its extremes at the limits and where the
    /// derivative is the slope. Bisection finds these places to within a 2⁻⁶⁰th of the interval.
    /// </summary>
    public static ProofRelaxation OfSmooth(Tensor lower, Tensor upper, ProofFunction function)
    {
        using var scope = NewDisposeScope();
        Tensor first = lower.maximum(full_like(lower, Scalars.Of(function.Least))), last = upper.maximum(first), width = last - first;
        Tensor low = function.Value(first), high = function.Value(last);
        var slope = where(
            width.gt(first.abs().Plus(last.abs()) * Scalars.Of(1e-6)),
            (high - low) / width,
            function.Derivative(first.Plus(last) / Scalars.Of(2)));
        return Around(function.Where(slope, first, last), first, last, slope, function.Value, function.Multiplies).MoveOut();
    }

    /// <summary>Encloses <c>z min(max(z + 3, 0), 6) / 6</c>: a parabola between two lines.</summary>
    public static ProofRelaxation OfHardswish(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        Tensor low = Value(lower), high = Value(upper), width = upper - lower;
        var slope = where(
            width.gt(lower.abs().Plus(upper.abs()) * Scalars.Of(1e-6)),
            (high - low) / width,
            Slope(lower.Plus(upper) / Scalars.Of(2)));
        Tensor[] places =
        [
            full_like(lower, Scalars.Of(-3)),
            full_like(lower, Scalars.Of(3)),
            ((slope * Scalars.Of(3)) - Scalars.Of(1.5)).clamp(Scalars.Of(-3), Scalars.Of(3)),
        ];
        var bent = Around(places.Select(place => place.maximum(lower).minimum(upper)), lower, upper, slope, Value, multiplies: true);
        Tensor above = lower.ge(Scalars.Of(3)), line = above.logical_or(upper.le(Scalars.Of(-3))), nothing = zeros_like(lower);
        Tensor straight = where(line, above.to(float64), bent.Slope),
            rounded = lower.abs().Plus(upper.abs()) * Scalars.Of(4 * ProofRounding.Epsilon);
        return new ProofRelaxation(
            straight, where(line, nothing, bent.Offset), where(line, nothing, bent.Size), straight.abs(),
            where(line, rounded, bent.Error)).MoveOut();

        Tensor Value(Tensor z) => z * z.Plus(Scalars.Of(3)).clamp(Scalars.Of(0), Scalars.Of(6)) / Scalars.Of(6);

        Tensor Slope(Tensor z) =>
            where(z.lt(Scalars.Of(-3)), zeros_like(z), where(z.gt(Scalars.Of(3)), ones_like(z), (z / Scalars.Of(3)).Plus(Scalars.Of(0.5))));
    }

    private static ProofRelaxation Around(
        IEnumerable<Tensor> places, Tensor lower, Tensor upper, Tensor slope, Func<Tensor, Tensor> function, bool multiplies)
    {
        using var scope = NewDisposeScope();
        Tensor low = function(lower), high = function(upper), least = low - (slope * lower), greatest = least;
        foreach (var place in places.Append(upper))
        {
            var value = function(place) - (slope * place);
            (least, greatest) = (least.minimum(value), greatest.maximum(value));
        }

        // Values err by a few steps of their own, and of the argument where it is a factor.
        var arguments = lower.abs().Plus(upper.abs());
        var scale = low.abs()
            .Plus(high.abs())
            .Plus(least.abs())
            .Plus(greatest.abs())
            .Plus(slope.abs().Plus(Scalars.Of(multiplies ? 2 : 0)) * arguments);
        return Between(least, greatest, slope, scale, scale * Scalars.Of(4 * ProofRounding.Epsilon)).MoveOut();
    }

    /// <summary>
    /// Encloses a value in [lower, upper] that is known to lie in [least, most] too: a share of itself, and the rest of that interval.
    /// </summary>
    public static ProofRelaxation OfMixture(Tensor share, Tensor least, Tensor most, Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var rest = Scalars.Of(1) - share;
        return Between(
                rest * least, rest * most, share, lower.abs().Plus(upper.abs()).Plus(least.abs()).Plus(most.abs()),
                zeros_like(share))
            .MoveOut();
    }

    /// <summary>
    /// Encloses a growing function whose derivative falls with |z|: with a slope no greater than the derivative at the limits, f(z) −
    /// slope·z grows too, from its value at l to that at u.
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
            slope.alias(), greatest.Plus(least) / Scalars.Of(2), where(line, zeros_like(size), size), slope.abs(),
            where(line, error.Plus(size), error)).MoveOut();
    }

    private ProofRelaxation MoveOut() => new(
        Slope.MoveToOuterDisposeScope(), Offset.MoveToOuterDisposeScope(), Size.MoveToOuterDisposeScope(),
        RadiusSlope.MoveToOuterDisposeScope(), Error.MoveToOuterDisposeScope());
}
