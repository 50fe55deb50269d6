using ILGPU;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Kernels;

/// <summary>
/// What makes a new ρ of an old one: <c>Norm·ρ + Absolute·‖lost‖ + Constant</c>; with the greatest slope as the norm if that is negative.
/// </summary>
internal struct ErrorView
{
    public double Norm, Absolute, Growth, Vanished, Constant;
}

/// <summary>Sums over values and symbols, in an order that the code fixes.</summary>
internal static class ReductionKernels
{
    /// <summary>So many partial sums go over a value.</summary>
    public const int Parts = 256;

    /// <summary>So many numbers or symbols one thread goes through.</summary>
    public const int Chunk = 256;

    private const double Unit = 1.0 / (1L << 52);

    private static double Greater(double a, double b) => double.IsNaN(a) || a > b ? a : b;

    /// <summary>target = value.</summary>
    public static void Fill(Index1D lane, Work work, ArrayView<double> target, double value)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
            target[index] = value;
    }

    /// <summary>target = value.</summary>
    public static void FillInts(Index1D lane, Work work, ArrayView<int> target, int value)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
            target[index] = value;
    }

    /// <summary>The squares of what is lost and the greatest slope, of every so manyth number.</summary>
    public static void Reduce(Index1D lane, Work work,
        ArrayView<double> lost, ArrayView<double> slopes, ArrayView<double> squares, ArrayView<double> steepest)
    {
        for (var part = (long)lane.X; part < work.Count; part += work.Lanes)
        {
            double sum = 0, greatest = 0;
            for (var index = part; index < lost.Length; index += work.Count)
            {
                sum += lost[index] * lost[index];
                greatest = Greater(greatest, Math.Abs(slopes[index]));
            }

            squares[part] = sum;
            steepest[part] = greatest;
        }
    }

    /// <summary>The new ρ, rounded up.</summary>
    public static void FinishError(
        Index1D lane, Work work,
        ArrayView<double> squares, ArrayView<double> steepest, ArrayView<double> before, ArrayView<double> after, ErrorView step)
    {
        if (lane.X > 0)
            return;
        double sum = 0, greatest = 0;
        for (var part = 0; part < Parts; part++)
        {
            sum += squares[part];
            greatest = Greater(greatest, steepest[part]);
        }

        var lost = (Math.Sqrt(sum) * step.Growth) + step.Vanished;
        var kept = (step.Norm < 0 ? greatest : step.Norm) * before[0];
        after[0] = (kept + (lost * step.Absolute) + step.Constant) * (1 + Rounding.Arithmetic);
    }

    /// <summary>
    /// ρ of what two values make: the sum, or the root of the sum of squares where they stand in different places, plus a third.
    /// </summary>
    public static void JoinErrors(Index1D lane, Work work, ArrayView<double> a, ArrayView<double> b, ArrayView<double> after, int apart)
    {
        if (lane.X > 0)
            return;
        after[0] = ((apart != 0 ? Math.Sqrt((a[0] * a[0]) + (b[0] * b[0])) + 1e-150 : a[0] + b[0])) * (1 + Rounding.Arithmetic);
    }

    /// <summary>The greater ρ of two values.</summary>
    public static void GreaterError(Index1D lane, Work work, ArrayView<double> a, ArrayView<double> b, ArrayView<double> after)
    {
        if (lane.X == 0)
            after[0] = Greater(a[0], b[0]);
    }

    /// <summary>The sums of the absolute values of a chunk of symbols: <c>[chunks, size]</c>.</summary>
    public static void PartialRadius(Index1D lane, Work work, WindowView windows, ArrayView<double> partial)
    {
        var size = windows.MapHeight * windows.MapWidth * windows.Channels;
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            int index = (int)(item % size), place = index / windows.Channels, first = (int)(item / size) * Chunk;
            var end = first + Chunk < windows.Count ? first + Chunk : windows.Count;
            int row = place / windows.MapWidth, column = place % windows.MapWidth, channel = index % windows.Channels;
            var sum = 0.0;
            for (var symbol = first; symbol < end; symbol++)
                sum += Math.Abs(Spot.Read(windows, symbol, row, column, channel));
            partial[item] = sum;
        }
    }

    /// <summary>Adds what the chunks gave to a radius, with what all these sums may have lost.</summary>
    public static void AddRadius(Index1D lane, Work work, ArrayView<double> partial, ArrayView<double> radius, int chunks)
    {
        var size = radius.Length;
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            var sum = 0.0;
            for (var chunk = 0; chunk < chunks; chunk++)
                sum += partial[(chunk * size) + index];
            radius[index] = (radius[index] + (sum * (1 + ((Chunk + chunks + 16.0) * Unit)))) * (1 + (4 * Unit));
        }
    }

    /// <summary>Whether a number gets a symbol: of its own (leader −1), or one that it shares, as the first of its group.</summary>
    private static bool IsNew(ArrayView<double> sizes, ArrayView<int> leaders, int shared, long index) =>
        sizes[index] != 0 && (shared == 0 ? leaders[index] < 0 : leaders[index] == index);

    /// <summary>How many new symbols each chunk of numbers has.</summary>
    public static void CountNew(Index1D lane, Work work, ArrayView<double> sizes, ArrayView<int> leaders, int shared, ArrayView<int> counts)
    {
        for (var chunk = (long)lane.X; chunk < work.Count; chunk += work.Lanes)
        {
            var count = 0;
            for (var index = chunk * Chunk; index < (chunk + 1) * Chunk && index < sizes.Length; index++)
                count += IsNew(sizes, leaders, shared, index) ? 1 : 0;
            counts[chunk] = count;
        }
    }

    /// <summary>Turns the counts into the number of each chunk's first symbol; the last becomes how many there are.</summary>
    public static void ScanNew(Index1D lane, Work work, ArrayView<int> counts)
    {
        if (lane.X > 0)
            return;
        var before = 0;
        for (var chunk = 0; chunk < counts.Length; chunk++)
        {
            var count = chunk < counts.Length - 1 ? counts[chunk] : 0;
            counts[chunk] = before;
            before += count;
        }
    }

    /// <summary>Lists where the new symbols stand.</summary>
    public static void ListNew(Index1D lane, Work work,
        ArrayView<double> sizes, ArrayView<int> leaders, int shared, ArrayView<int> counts, ArrayView<int> places)
    {
        for (var chunk = (long)lane.X; chunk < work.Count; chunk += work.Lanes)
        {
            var next = counts[chunk];
            for (var index = chunk * Chunk; index < (chunk + 1) * Chunk && index < sizes.Length; index++)
            {
                if (IsNew(sizes, leaders, shared, index))
                    places[next++] = (int)index;
            }
        }
    }

    /// <summary>The numbers of new symbols, one place each, or the whole map where they are shared.</summary>
    public static void FillNew(Index1D lane, Work work, WindowView to,
        ArrayView<double> sizes, ArrayView<int> leaders, int shared, ArrayView<int> places)
    {
        var number = to.Height * to.Width * to.Channels;
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            int symbol = (int)(item / number), local = (int)(item % number), index = places[symbol], place = index / to.Channels;
            if (local == 0)
            {
                to.Corners[2L * symbol] = shared != 0 ? 0 : place / to.MapWidth;
                to.Corners[(2L * symbol) + 1] = shared != 0 ? 0 : place % to.MapWidth;
            }

            var isMine = shared != 0 ? leaders[local] == index : local == index % to.Channels;
            to.Values[item] = isMine ? sizes[shared != 0 ? local : index] : 0;
        }
    }

    /// <summary>The sum of the absolute values of a chunk of symbols under sparse rows: <c>[chunks, rows]</c>.</summary>
    /// <param name="lane">The thread.</param>
    /// <param name="work">One item a chunk and row.</param>
    /// <param name="windows">The symbols.</param>
    /// <param name="starts">Where each row's entries begin, and the last end.</param>
    /// <param name="places">The numbers that they read.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="partial">The sums.</param>
    public static void PartialRows(
        Index1D lane, Work work, WindowView windows,
        ArrayView<int> starts, ArrayView<int> places, ArrayView<double> weights, ArrayView<double> partial)
    {
        var rows = (int)starts.Length - 1;
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            int row = (int)(item % rows), first = (int)(item / rows) * Chunk;
            var end = first + Chunk < windows.Count ? first + Chunk : windows.Count;
            var sum = 0.0;
            for (var symbol = first; symbol < end; symbol++)
            {
                var product = 0.0;
                for (var entry = starts[row]; entry < starts[row + 1]; entry++)
                {
                    var place = places[entry] / windows.Channels;
                    product += weights[entry] * Spot.Read(windows, symbol, place / windows.MapWidth, place % windows.MapWidth,
                        places[entry] % windows.Channels);
                }

                sum += Math.Abs(product);
            }

            partial[item] = sum;
        }
    }
}
