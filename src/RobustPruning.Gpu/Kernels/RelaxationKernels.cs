using ILGPU;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Kernels;

/// <summary>
/// Bounds, and the linear relaxations that need nothing but basic arithmetic, which devices round as the CPU does. Exponentials they do
/// not: their relaxations come from the CPU.
/// </summary>
internal static class RelaxationKernels
{
    private const double Unit = 1.0 / (1L << 52);
    private const double Tiny = 1e-307;
    private const double LeastSlope = 1e-30;

    /// <summary>Unlike some devices' own maximum it keeps what is not a number.</summary>
    private static double Greater(double a, double b) => double.IsNaN(a) || a > b ? a : b;

    /// <summary>Lower and upper bounds.</summary>
    public static void Bounds(Index1D lane, Work work, ValueView value, ArrayView<double> lower, ArrayView<double> upper)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            var reach = ValueView.Reach(value, index);
            lower[index] = value.Maps[index] - reach;
            upper[index] = value.Maps[index] + reach;
        }
    }

    /// <summary>
    /// Encloses max(z, 0) by <c>slope·z + size ± size</c> and applies that to centre, generators and the sum of the symbols.
    /// </summary>
    public static void Rectify(Index1D lane, Work work, ValueView value, ValueView result, RelaxationView relaxation, double underflow)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double centre = value.Maps[index], reach = ValueView.Reach(value, index), lower = centre - reach, upper = centre + reach;
            double slope = upper > 0 ? 1 : 0, size = 0;
            if (lower < 0 && upper > 0)
            {
                // Any slope from 0 to 1 will do.
                slope = upper / (upper - lower);
                slope = slope > LeastSlope ? slope : 0;
                size = Greater(Greater(-slope * lower, (1 - slope) * upper) * 0.5 * (1 + (2 * Unit)), Tiny);
            }

            double extent = Math.Abs(centre) + ValueView.Spread(value, index), symbols = value.Radius[index];
            result.Maps[index] = (centre * slope) + size;
            for (var row = 1; row < value.Rows; row++)
                result.Maps[((long)row * value.Size) + index] = value.Maps[((long)row * value.Size) + index] * slope;
            relaxation.Lost[index] = (((extent * slope) + size) * Rounding.OneStep) + (symbols * slope * Unit)
                + (slope > 0 ? underflow : 0);
            relaxation.Slopes[index] = slope;
            relaxation.Sizes[index] = size;
            result.Radius[index] = (symbols * slope * (1 + (4 * Unit))) + size;
        }
    }

    /// <summary>
    /// Encloses z above 0 and a·z below, for any a: the slope is the chord's; the error is greatest or least at l, 0 or u.
    /// </summary>
    public static void LeakyRelu(Index1D lane, Work work, ValueView value, RelaxationView relaxation, double a)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double reach = ValueView.Reach(value, index), lower = value.Maps[index] - reach, upper = value.Maps[index] + reach;
            double slope = lower >= 0 ? 1 : a, offset = 0, size = 0;
            if (lower < 0 && upper > 0)
            {
                slope = (1 / (1 - (lower / Greater(upper, 1e-30))) * (1 - a)) + a;
                double atLower = (a - slope) * lower, atUpper = (1 - slope) * upper;
                double least = -Greater(0, Greater(-atLower, -atUpper)), greatest = Greater(0, Greater(atLower, atUpper));
                offset = (least + greatest) / 2;
                size = ((greatest - least) / 2)
                    + ((((Math.Abs(slope) + Math.Abs(a)) * Math.Abs(lower)) + ((Math.Abs(slope) + 1) * upper)) * (2 * Unit)) + Tiny;
            }

            relaxation.Slopes[index] = slope;
            relaxation.Offsets[index] = offset;
            relaxation.Sizes[index] = size;
        }
    }

    /// <summary>
    /// Encloses min(max(z, a), b). Where [l, u] reaches over one edge it is a ReLU, upright or turned; where over both, it lies between
    /// λz + (1 − λ)a and λz + (1 − λ)b with λ = (b − a) / (u − l).
    /// </summary>
    public static void Clip(Index1D lane, Work work, ValueView value, RelaxationView relaxation, double a, double b)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double reach = ValueView.Reach(value, index), lower = value.Maps[index] - reach, upper = value.Maps[index] + reach;
            bool below = lower < a, above = upper > b;

            // As it is also where a bound is not a number.
            double slope = 1, offset = 0, size = 0;
            if (upper <= a || lower >= b)
            {
                slope = 0;
                offset = upper <= a ? a : b;
            }
            else if (below && above)
            {
                slope = (b - a) / (upper - lower);
                offset = (1 - slope) * ((b + a) / 2);
                size = (1 - slope) * ((b - a) / 2);
            }
            else if (below)
            {
                slope = (upper - a) / (upper - lower);
                size = slope * (a - lower) / 2;
                offset = ((1 - slope) * a) + size;
            }
            else if (above)
            {
                slope = (b - lower) / (upper - lower);
                size = slope * (upper - b) / 2;
                offset = ((1 - slope) * b) - size;
            }

            relaxation.Slopes[index] = slope;
            relaxation.Offsets[index] = offset;
            relaxation.Sizes[index] = size;
        }
    }

    /// <summary>Applies <c>slope·z + offset ± size</c> to centre, generators and the sum of the symbols; rounds the sizes up.</summary>
    public static void Relax(Index1D lane, Work work, ValueView value, ValueView result, RelaxationView relaxation, double underflow)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double slope = relaxation.Slopes[index], offset = relaxation.Offsets[index], size = relaxation.Sizes[index];
            double steep = Math.Abs(slope), symbols = value.Radius[index];
            var extent = Math.Abs(value.Maps[index]) + ValueView.Spread(value, index);
            for (var row = 0; row < value.Rows; row++)
            {
                var place = ((long)row * value.Size) + index;
                result.Maps[place] = (value.Maps[place] * slope) + (row == 0 ? offset : 0);
            }

            var relaxed = size == 0 ? 0 : extent + value.Error[0] + symbols;
            relaxation.Lost[index] = (extent * steep * Rounding.OneStep) + (symbols * steep * Unit) + (steep == 0 ? 0 : underflow)
                + ((relaxed + Math.Abs(offset)) * Rounding.Arithmetic);
            size = size == 0 ? 0 : Greater(size * (1 + (2 * Unit)), Tiny);
            relaxation.Sizes[index] = size;
            result.Radius[index] = (symbols * steep * (1 + (4 * Unit))) + size;
        }
    }

    /// <summary>How many numbers have a kink between their bounds, each thread in a counter of its own.</summary>
    public static void CountUnstable(Index1D lane, Work work, ValueView value, ArrayView<double> kinks, ArrayView<int> counts)
    {
        for (var counter = (long)lane.X; counter < work.Count; counter += work.Lanes)
        {
            var count = 0;
            for (var index = counter; index < value.Size; index += work.Count)
            {
                double reach = ValueView.Reach(value, index), lower = value.Maps[index] - reach, upper = value.Maps[index] + reach;
                var unstable = 0;
                for (var kink = 0; kink < kinks.Length; kink++)
                    unstable = lower < kinks[kink] && upper > kinks[kink] ? 1 : unstable;
                count += unstable;
            }

            counts[counter] += count;
        }
    }

    /// <summary>
    /// The mixture of two numbers that holds their maximum, from the bounds of their difference b − a. Padding never wins.
    /// </summary>
    /// <param name="lane">The thread.</param>
    /// <param name="work">One item a number.</param>
    /// <param name="difference">b − a.</param>
    /// <param name="present">Bit 0 where a is no padding, bit 1 where b is none.</param>
    /// <param name="mix">Gets the share of b and the error; that of the offset, the share of a.</param>
    public static void Mix(Index1D lane, Work work, ValueView difference, ArrayView<int> present, RelaxationView mix)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double centre = difference.Maps[index], reach = ValueView.Reach(difference, index);
            double lower = centre - reach, upper = centre + reach;
            double share = present[index] == 2 ? 1 : 0, size = 0;
            if (present[index] == 3)
            {
                var unstable = lower < 0 && upper > 0;
                share = unstable ? upper / (upper - lower) : lower >= 0 ? 1 : 0;
                size = unstable ? share * lower * -0.5 : 0;
            }

            mix.Slopes[index] = share;
            mix.Offsets[index] = 1 - share;
            mix.Sizes[index] = size;
            mix.Lost[index] = size > 0 || double.IsNaN(upper - lower) ? (Math.Abs(lower) + Math.Abs(upper)) * Rounding.Arithmetic : 0;
        }
    }

    /// <summary>A relaxation of the sum of shares: each number itself, plus its size, plus or minus its size.</summary>
    public static void Raise(Index1D lane, Work work, RelaxationView relaxation)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            relaxation.Slopes[index] = 1;
            relaxation.Offsets[index] = relaxation.Sizes[index];
        }
    }

    /// <summary>The greatest bounds so far, and of an entry of each window, if it is no padding.</summary>
    public static void Greatest(
        Index1D lane, Work work, ValueView value, WindowView from, WindowView to, ListView rows, ListView columns,
        ArrayView<double> least, ArrayView<double> most)
    {
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            var spot = Spot.Of(to, item);
            int y = rows.Starts[spot.Row], x = columns.Starts[spot.Column];
            if (y == rows.Starts[spot.Row + 1] || x == columns.Starts[spot.Column + 1])
                continue;
            var index = (((rows.Places[y] * from.MapWidth) + columns.Places[x]) * from.Channels) + spot.Channel;
            var reach = ValueView.Reach(value, index);
            least[item] = Greater(least[item], value.Maps[index] - reach);
            most[item] = Greater(most[item], value.Maps[index] + reach);
        }
    }

    /// <summary>
    /// How much of a running maximum to keep: none where the box [least, most] is at most half as wide, all where it is at least three
    /// quarters as wide. Both hold the maximum, and so does any mixture.
    /// </summary>
    public static void Narrow(Index1D lane, Work work, ValueView value, ArrayView<double> least, ArrayView<double> most, RelaxationView mix)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double reach = ValueView.Reach(value, index), width = (value.Maps[index] + reach) - (value.Maps[index] - reach);
            var share = ((most[index] - least[index]) * 4 / Greater(width, 1e-30)) - 2;
            share = share < 0 ? 0 : share > 1 ? 1 : share;
            mix.Slopes[index] = share;
            mix.Offsets[index] = (1 - share) * ((least[index] + most[index]) / 2);
            mix.Sizes[index] = (1 - share) * ((most[index] - least[index]) / 2);
        }
    }

    /// <summary>
    /// xy = q·x + p·y − pq + (x − p)(y − q) with the middles p and q: the last term is no greater than the product of the radii. The
    /// slopes get q, the offsets −pq, the sizes the radii's product, and p goes apart.
    /// </summary>
    public static void Multiply(Index1D lane, Work work, ValueView first, ValueView second, RelaxationView relaxation,
        ArrayView<double> middles)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            double p = first.Maps[index], q = second.Maps[index];
            middles[index] = p;
            relaxation.Slopes[index] = q;
            relaxation.Offsets[index] = -p * q;
            relaxation.Sizes[index] = ValueView.Reach(first, index) * ValueView.Reach(second, index) * (1 + Rounding.Arithmetic);
        }
    }
}
