using RobustPruning.Bounds.Cpu;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds;

/// <summary>
/// The softmax over the places of each channel, as eᶻ⁻ᵐ · 1/(n · mean eᶻ⁻ᵐ), whatever m is, number by number: how both factors are
/// enclosed, and the range of the softmax if the values were independent.
/// </summary>
internal sealed class SoftmaxRange
{
    private readonly int _channels, _places;
    private readonly double _digits;
    private readonly double[] _shifts, _leastSums, _greatestSums, _least, _greatest;

    /// <summary>Takes the bounds of the values before the softmax, in the order of memory.</summary>
    public SoftmaxRange(MapShape map, double[] lower, double[] upper)
    {
        (_channels, _places) = (map.Channels, map.Area);

        // Exponents are rounded on the scale of their terms, sums once a term.
        _digits = (_places + 64) * Rounding.Arithmetic;
        (_shifts, _leastSums, _greatestSums) = (new double[_channels], new double[_channels], new double[_channels]);
        (_least, _greatest) = (new double[map.Size], new double[map.Size]);
        Array.Fill(_shifts, double.NegativeInfinity);
        for (var index = 0; index < map.Size; index++)
            _shifts[index % _channels] = Math.Max(_shifts[index % _channels], (lower[index] / 2) + (upper[index] / 2));
        for (var index = 0; index < map.Size; index++)
        {
            var channel = index % _channels;
            _least[index] = Math.Exp(lower[index] - _shifts[channel]);
            _greatest[index] = Math.Exp(upper[index] - _shifts[channel]);
            _leastSums[channel] += _least[index];
            _greatestSums[channel] += _greatest[index];
        }
    }

    /// <summary>Encloses eᶻ⁻ᵐ of one number.</summary>
    public ScalarRelaxation Exponential(int index, double lower, double upper)
    {
        var shift = _shifts[index % _channels];
        var (slope, offset, size) = ScalarRelaxation.OfSmooth(SmoothFunction.Exponential, Math.BitDecrement(lower - shift),
            Math.BitIncrement(upper - shift));
        return new ScalarRelaxation(slope, offset - (slope * shift),
            size + ((Math.Abs(slope * shift) + Math.Abs(offset)) * Rounding.Arithmetic));
    }

    /// <summary>Encloses 1/(n·z) of one channel's mean.</summary>
    public ScalarRelaxation Reciprocal(int channel, double lower, double upper) => ScalarRelaxation.OfSmooth(
        SmoothFunction.Reciprocal(_places,
            _leastSums[channel] / _places * (1 - _digits - (Math.Abs(_shifts[channel]) * Rounding.Arithmetic))), lower, upper);

    /// <summary>The range of one number alone.</summary>
    public ScalarRelaxation Alone(int index) => Mixed(0, Of(index));

    /// <summary>Where an enclosure leaves more than the range, a mixture with this range, as behind a max pooling.</summary>
    /// <param name="index">The number.</param>
    /// <param name="lower">The enclosure's lower bound.</param>
    /// <param name="upper">The enclosure's upper bound.</param>
    public ScalarRelaxation Narrow(int index, double lower, double upper)
    {
        var box = Of(index);
        return Mixed(Math.Clamp(((box.Upper - box.Lower) * 4 / Math.Max(upper - lower, 1e-30)) - 2, 0, 1), box);
    }

    private (double Lower, double Upper) Of(int index)
    {
        var channel = index % _channels;
        double scale = _digits + (Math.Abs(_shifts[channel]) * Rounding.Arithmetic);
        double others = _greatestSums[channel] - _greatest[index], rest = _leastSums[channel] - _least[index];
        double low = _least[index] / (_least[index] + Math.Max(0, others) + (_digits * _greatestSums[channel]));
        double high = _greatest[index] / (_greatest[index] + Math.Max(0, rest - (_digits * _leastSums[channel])));
        return (Number(low * (1 - scale), 0), Number(Math.Min(1, high * (1 + scale)), 1));
    }

    private static ScalarRelaxation Mixed(double share, (double Lower, double Upper) box) =>
        new(share, (1 - share) * ((box.Lower + box.Upper) / 2), (1 - share) * ((box.Upper - box.Lower) / 2));

    // What is not known is in [0, 1].
    private static double Number(double value, double otherwise) => double.IsNaN(value) ? otherwise : value;
}
