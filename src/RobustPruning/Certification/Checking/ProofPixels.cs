using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>How a transform moves each value of an image, in interval arithmetic from its definition.</summary>
/// <param name="image">The clean image <c>[C, H, W]</c>, in 64-bit numbers.</param>
internal abstract class ProofPixels(Tensor image)
{
    protected double[] Image { get; } = image.cpu().contiguous().data<double>().ToArray();

    protected int Height { get; } = image.dim() == 3 ? (int)image.shape[1] : 1;

    protected int Width { get; } = (int)image.shape[^1];

    /// <summary>The move of a value for all θ of a box.</summary>
    /// <param name="value">The value's index, in row-major order.</param>
    /// <param name="theta">The box.</param>
    public abstract OutwardInterval Value(int value, OutwardInterval[] theta);

    /// <summary>All derivatives of the move by each parameter within a box.</summary>
    /// <param name="value">The value's index, in row-major order.</param>
    /// <param name="theta">The box.</param>
    /// <param name="slopes">Takes them.</param>
    public abstract void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes);
}

/// <summary><c>x^(1 + g) − x</c>, which does not move 0 and 1.</summary>
internal sealed class ProofGamma(Tensor image) : ProofPixels(image)
{
    // A power is off by a few units in the last place.
    private const double PowerError = 1e-15;

    public override OutwardInterval Value(int value, OutwardInterval[] theta) => Power(Image[value], theta[0]) - Image[value];

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes)
    {
        var x = Image[value];
        slopes[0] = x is > 0 and < 1
            ? Power(x, theta[0]) * new OutwardInterval(Math.Log(x) * (1 + PowerError), Math.Log(x) * (1 - PowerError))
            : 0;
    }

    private static OutwardInterval Power(double x, OutwardInterval g)
    {
        var exponent = g + 1;
        return x is > 0 and < 1
            ? new OutwardInterval(
                Math.Pow(x, exponent.Upper) * (1 - (8 * PowerError)),
                Math.Pow(x, exponent.Lower) * (1 + (8 * PowerError)))
            : x;
    }
}

/// <summary><c>x (g_c(θ) − 1)</c>, g by straight lines between knots.</summary>
internal sealed class ProofTemperature(ColourTemperature temperature, Tensor image) : ProofPixels(image)
{
    public override OutwardInterval Value(int value, OutwardInterval[] theta)
    {
        OutwardInterval? hull = null;
        foreach (var knot in Stretches(theta[0]))
        {
            var within = new OutwardInterval(
                Math.Clamp(theta[0].Lower, temperature.Shifts[knot], temperature.Shifts[knot + 1]),
                Math.Clamp(theta[0].Upper, temperature.Shifts[knot], temperature.Shifts[knot + 1]));
            var change = Gain(knot, value) - 1 + (Slope(knot, value) * (within - temperature.Shifts[knot]));
            hull = hull?.Hull(change) ?? change;
        }

        return hull!.Value * Image[value];
    }

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes) =>
        slopes[0] = Stretches(theta[0]).Select(knot => Slope(knot, value)).Aggregate((all, slope) => all.Hull(slope)) * Image[value];

    private IEnumerable<int> Stretches(OutwardInterval theta) => Enumerable.Range(0, temperature.Shifts.Count - 1)
        .Where(knot => temperature.Shifts[knot] <= theta.Upper && temperature.Shifts[knot + 1] >= theta.Lower);

    private OutwardInterval Slope(int knot, int value) =>
        (Gain(knot + 1, value) - Gain(knot, value)) / ((OutwardInterval)temperature.Shifts[knot + 1] - temperature.Shifts[knot]);

    private OutwardInterval Gain(int knot, int value) => temperature.Gains[knot][value / (Height * Width)];
}

/// <summary><c>−x d m(t)</c>, m rising from 0 to 1 over a straight border.</summary>
internal sealed class ProofShadow(MovingShadow shadow, Tensor image) : ProofPixels(image)
{
    private readonly OutwardInterval _sine = (shadow.Angle * OutwardInterval.Radian).Sine();
    private readonly OutwardInterval _cosine = (shadow.Angle * OutwardInterval.Radian).Cosine();

    public override OutwardInterval Value(int value, OutwardInterval[] theta)
    {
        var raw = Raw(value, theta[1]);
        return -(Image[value] * theta[0] * new OutwardInterval(Math.Clamp(raw.Lower, 0, 1), Math.Clamp(raw.Upper, 0, 1)));
    }

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes)
    {
        var raw = Raw(value, theta[1]);
        slopes[0] = -(Image[value] * new OutwardInterval(Math.Clamp(raw.Lower, 0, 1), Math.Clamp(raw.Upper, 0, 1)));
        var steepest = 1 / (OutwardInterval)shadow.Softness;
        var falls = raw.Lower >= 1 || raw.Upper <= 0 ? 0 : raw is { Lower: > 0, Upper: < 1 } ? steepest : steepest.Hull(0);
        slopes[1] = Image[value] * theta[0] * falls;
    }

    private OutwardInterval Raw(int value, OutwardInterval moved)
    {
        var (row, column) = ((value / Width) % Height, value % Width);
        var beyond = ((column - ((Width - 1) / 2.0)) * _cosine) + ((row - ((Height - 1) / 2.0)) * _sine) - shadow.Offset - moved;
        return (beyond / shadow.Softness) + 0.5;
    }
}
