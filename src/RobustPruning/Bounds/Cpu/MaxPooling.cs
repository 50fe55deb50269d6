using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Max pooling as a running maximum over the entries of a window, row by row: with d = b − a, max(a, b) = a + max(d, 0), and where
/// max(d, 0) lies in λd + μ ± μ, that is (1 − λ)a + λb + μ ± μ. What a and b have in common stays; where one is never below the other,
/// the maximum is exact.
/// </summary>
internal sealed unsafe class MaxPooling<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    private readonly AffineLayers<T> _affine = new(pool);
    private readonly Relaxations<T> _relaxations = new(pool);
    private readonly Joining<T> _joining = new(pool);

    /// <summary>The greatest number of each window.</summary>
    public Enclosure<T> Apply(MaxPoolStep step, Enclosure<T> input)
    {
        Enclosure<T>? greatest = null;
        var present = new bool[step.Map.Size];
        foreach (var entry in step.Entries)
        {
            var (candidate, isPresent) = (_affine.Apply(entry, input), Present(entry));
            if (greatest is null)
            {
                (greatest, present) = (candidate, isPresent);
                continue;
            }

            var next = Greater(greatest, present, candidate, isPresent);
            greatest.Release();
            candidate.Release();
            (greatest, present) = (next, [.. present.Zip(isPresent, (before, now) => before || now)]);
        }

        var narrowed = Narrowed(step, greatest!, input);
        greatest!.Release();

        // Until here the error is that of a single number; then a window errs no more than its worst entry, which may be in several
        // windows.
        var pooled = narrowed.WithError(narrowed.Error * step.Norm * (1 + Rounding.Arithmetic));
        narrowed.Release();
        return pooled;
    }

    private static bool[] Present(ChannelwiseStep entry)
    {
        var present = new bool[entry.Map.Size];
        for (var index = 0; index < present.Length; index++)
        {
            var place = index / entry.Map.Channels;
            present[index] =
                entry.Rows.Sources[place / entry.Map.Width].Length > 0 && entry.Columns.Sources[place % entry.Map.Width].Length > 0;
        }

        return present;
    }

    /// <summary>
    /// Many numbers of a window that cross may leave much more than the box [max l, max u], which in turn forgets what they have in common.
    /// The maximum lies in both, and so in any mixture of them.
    /// </summary>
    private Enclosure<T> Narrowed(MaxPoolStep step, Enclosure<T> greatest, Enclosure<T> input)
    {
        var size = step.Map.Size;
        double[] least = new double[size], most = new double[size];
        Array.Fill(least, double.NegativeInfinity);
        Array.Fill(most, double.NegativeInfinity);
        foreach (var entry in step.Entries)
        {
            for (var index = 0; index < size; index++)
            {
                var (place, channel) = (index / step.Map.Channels, index % step.Map.Channels);
                if (entry.Rows.Sources[place / step.Map.Width] is not [var row]
                    || entry.Columns.Sources[place % step.Map.Width] is not [var column])
                    continue;
                var (lower, upper) = input.Bounds((((row * input.Map.Width) + column) * input.Map.Channels) + channel);
                (least[index], most[index]) = (Math.Max(least[index], lower), Math.Max(most[index], upper));
            }
        }

        return _relaxations.Apply(greatest, index =>
        {
            var (lower, upper) = greatest.Bounds(index);

            // None of the running maximum where the box is at most half as wide, all where it is at least three quarters as wide; it does
            // not jump.
            var share = Math.Clamp(((most[index] - least[index]) * 4 / Math.Max(upper - lower, 1e-30)) - 2, 0, 1);
            return new ScalarRelaxation(
                share,
                (1 - share) * ((least[index] + most[index]) / 2),
                (1 - share) * ((most[index] - least[index]) / 2));
        });
    }

    /// <summary>
    /// The greater of two numbers, or the one that is no padding. A mixture errs no more than the one of the two that errs most.
    /// </summary>
    private Enclosure<T> Greater(Enclosure<T> first, bool[] firstPresent, Enclosure<T> second, bool[] secondPresent)
    {
        var size = first.Map.Size;
        double[] share = new double[size], rest = new double[size], sizes = new double[size], minus = new double[size];
        Array.Fill(minus, -1);
        Enclosure<T> negative = _relaxations.Scale(first, minus), difference = _joining.Sum(second, negative);
        var lost = 0.0;
        for (var index = 0; index < size; index++)
        {
            var (lower, upper) = difference.Bounds(index);
            if (firstPresent[index] && secondPresent[index])
            {
                var isUnstable = lower < 0 && upper > 0;
                share[index] = isUnstable ? upper / (upper - lower) : lower >= 0 ? 1 : 0;
                sizes[index] = isUnstable ? share[index] * lower * -0.5 : 0;
            }
            else
            {
                share[index] = secondPresent[index] ? 1 : 0;
            }

            rest[index] = 1 - share[index];
            var own = sizes[index] > 0 ? (Math.Abs(lower) + Math.Abs(upper)) * Rounding.Arithmetic : 0;
            lost += own * own;
        }

        Enclosure<T> a = Exact(first, rest), b = Exact(second, share), mixed = _joining.Sum(a, b);
        var sum = mixed.WithError(
            (mixed.Error + Math.Max(first.Error, second.Error) + EuclideanNorm.Upper(lost, size)) * (1 + Rounding.Arithmetic));
        var output = _relaxations.Apply(sum, index => new ScalarRelaxation(1, sizes[index], sizes[index]));
        foreach (var value in new[] { negative, difference, a, b, mixed, sum })
            value.Release();
        return output;
    }

    private Enclosure<T> Exact(Enclosure<T> value, double[] slopes)
    {
        var exact = value.WithError(0);
        var scaled = _relaxations.Scale(exact, slopes);
        exact.Release();
        return scaled;
    }
}
