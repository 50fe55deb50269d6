using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// The softmax over the places of each channel, as eᶻ⁻ᵐ · 1/(n · mean eᶻ⁻ᵐ): both factors and their product are enclosed to first order, whatever m is.
/// Where that leaves more than the range of independent values, a mixture with this range is taken, as behind a max pooling.
/// </summary>
internal sealed unsafe class Softmax<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    private const double GreatestError = 1e-6;

    private readonly AffineLayers<T> _affine = new(pool);
    private readonly Relaxations<T> _relaxations = new(pool);
    private readonly Products<T> _products = new(pool);

    /// <summary>The softmax.</summary>
    public Enclosure<T> Apply(SoftmaxStep step, Enclosure<T> input)
    {
        int channels = step.Map.Channels, places = step.Map.Area;
        double[] shifts = new double[channels], leastSums = new double[channels], greatestSums = new double[channels];
        double[] least = new double[step.Map.Size], greatest = new double[step.Map.Size];
        Array.Fill(shifts, double.NegativeInfinity);
        for (var index = 0; index < least.Length; index++)
        {
            var (lower, upper) = input.Bounds(index);
            shifts[index % channels] = Math.Max(shifts[index % channels], (lower / 2) + (upper / 2));
        }

        for (var index = 0; index < least.Length; index++)
        {
            var (lower, upper) = input.Bounds(index);
            least[index] = Math.Exp(lower - shifts[index % channels]);
            greatest[index] = Math.Exp(upper - shifts[index % channels]);
            leastSums[index % channels] += least[index];
            greatestSums[index % channels] += greatest[index];
        }

        // Exponents are rounded on the scale of their terms, sums once a term.
        double digits = (places + 64) * Rounding.Arithmetic;
        var spread = Factors(step, input, shifts, leastSums);
        var range = (int index) =>
        {
            double scale = digits + (Math.Abs(shifts[index % channels]) * Rounding.Arithmetic), others = greatestSums[index % channels] - greatest[index], rest = leastSums[index % channels] - least[index];
            double low = least[index] / (least[index] + Math.Max(0, others) + (digits * greatestSums[index % channels])), high = greatest[index] / (greatest[index] + Math.Max(0, rest - (digits * leastSums[index % channels])));
            return (Lower: Number(low * (1 - scale), 0), Upper: Number(Math.Min(1, high * (1 + scale)), 1));
        };
        if (!IsUseful(spread))
        {
            spread.Release();
            return _relaxations.Apply(input, index => Mixed(0, range(index)));
        }

        var output = _relaxations.Apply(spread, index =>
        {
            var (box, (lower, upper)) = (range(index), spread.Bounds(index));
            return Mixed(Math.Clamp(((box.Upper - box.Lower) * 4 / Math.Max(upper - lower, 1e-30)) - 2, 0, 1), box);
        });
        spread.Release();
        return output;
    }

    private Enclosure<T> Factors(SoftmaxStep step, Enclosure<T> input, double[] shifts, double[] leastSums)
    {
        var (channels, places) = (step.Map.Channels, step.Map.Area);
        var exponentials = _relaxations.Apply(input, index =>
        {
            var shift = shifts[index % channels];
            var (lower, upper) = input.Bounds(index);
            var (slope, offset, size) = ScalarRelaxation.OfSmooth(SmoothFunction.Exponential, Math.BitDecrement(lower - shift), Math.BitIncrement(upper - shift));
            return new ScalarRelaxation(slope, offset - (slope * shift), size + ((Math.Abs(slope * shift) + Math.Abs(offset)) * Rounding.Arithmetic));
        });
        var mean = _affine.Apply(step.Mean, exponentials);
        var reciprocal = _relaxations.Apply(mean, index => ScalarRelaxation.OfSmooth(
            SmoothFunction.Reciprocal(places, leastSums[index] / places * (1 - ((places + 64) * Rounding.Arithmetic) - (Math.Abs(shifts[index]) * Rounding.Arithmetic))), mean.Bounds(index).Lower, mean.Bounds(index).Upper));
        var spread = _affine.Apply(step.Spread, reciprocal);
        var product = _products.Apply(exponentials, spread);
        foreach (var value in new[] { exponentials, mean, reciprocal, spread })
            value.Release();
        return product;
    }

    private static ScalarRelaxation Mixed(double share, (double Lower, double Upper) box) =>
        new(share, (1 - share) * ((box.Lower + box.Upper) / 2), (1 - share) * ((box.Upper - box.Lower) / 2));

    // What is not known is in [0, 1].
    private static double Number(double value, double otherwise) => double.IsNaN(value) ? otherwise : value;

    /// <summary>Whether the factors say anything: if not of one value, its rounding, which is all values' together, spoils the others.</summary>
    private static bool IsUseful(Enclosure<T> value)
    {
        if (!(value.Error < GreatestError))
            return false;
        for (var index = 0; index < value.Map.Size; index++)
        {
            var (lower, upper) = value.Bounds(index);
            if (!double.IsFinite(upper - lower))
                return false;
        }

        return true;
    }
}
