using ILGPU;

namespace RobustPruning.Gpu.Kernels;

/// <summary>
/// Affine steps on windows. Each thread makes one number, or few, as a plain sum in an order that the code fixes; no result depends on
/// how threads are scheduled. A compiler may fuse a product and a sum into one rounding: the error bounds hold with and without.
/// </summary>
internal static class AffineKernels
{
    /// <summary>So many symbols, and so many features of each, one thread makes at once.</summary>
    public const int Tile = 4;

    /// <summary>
    /// Four features at one place of the windows of four symbols: taps one after the other, of each the channels one after the other.
    /// Behind a ReLU most channels are zero in all four.
    /// </summary>
    public static void Convolve(Index1D lane, Work work, WindowView from, WindowView to, ConvolutionView step)
    {
        int features = step.FeaturesPerGroup, quarter = (features + Tile - 1) / Tile, groups = to.Channels / features;
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            var f0 = (int)(item % quarter);
            var rest = item / quarter;
            var group = (int)(rest % groups);
            rest /= groups;
            var localColumn = (int)(rest % to.Width);
            rest /= to.Width;
            var localRow = (int)(rest % to.Height);
            int s0 = (int)(rest / to.Height) * Tile, last = to.Count - 1;
            int s1 = s0 < last ? s0 + 1 : s0, s2 = s1 < last ? s1 + 1 : s1, s3 = s2 < last ? s2 + 1 : s2;

            // Beyond the last one the same symbol or feature is made again.
            int f1 = f0 + quarter, f2 = f1 + quarter, f3 = f2 + quarter;
            int w1 = f1 < features ? quarter : 0, w2 = f2 < features ? 2 * quarter : 0, w3 = f3 < features ? 3 * quarter : 0;
            double a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
            double c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
            for (var tapRow = 0; tapRow < step.Rows.Kernel; tapRow++)
            {
                int y0 = Row(from, to, step, s0, localRow, tapRow), y1 = Row(from, to, step, s1, localRow, tapRow);
                int y2 = Row(from, to, step, s2, localRow, tapRow), y3 = Row(from, to, step, s3, localRow, tapRow);
                if (y0 < 0 && y1 < 0 && y2 < 0 && y3 < 0)
                    continue;
                for (var tapColumn = 0; tapColumn < step.Columns.Kernel; tapColumn++)
                {
                    var o0 = Place(from, to, step, s0, y0, localColumn, tapColumn, group);
                    var o1 = Place(from, to, step, s1, y1, localColumn, tapColumn, group);
                    var o2 = Place(from, to, step, s2, y2, localColumn, tapColumn, group);
                    var o3 = Place(from, to, step, s3, y3, localColumn, tapColumn, group);
                    if (o0 < 0 && o1 < 0 && o2 < 0 && o3 < 0)
                        continue;
                    var tap = ((long)tapRow * step.Columns.Kernel) + tapColumn;
                    var line = (((tap * from.Channels) + ((long)group * step.ChannelsPerGroup)) * features) + f0;
                    for (var channel = 0; channel < step.ChannelsPerGroup; channel++, line += features)
                    {
                        double v0 = o0 < 0 ? 0 : from.Values[o0 + channel], v1 = o1 < 0 ? 0 : from.Values[o1 + channel];
                        double v2 = o2 < 0 ? 0 : from.Values[o2 + channel], v3 = o3 < 0 ? 0 : from.Values[o3 + channel];
                        if (v0 == 0 && v1 == 0 && v2 == 0 && v3 == 0)
                            continue;
                        double u0 = step.Weights[line], u1 = step.Weights[line + w1];
                        double u2 = step.Weights[line + w2], u3 = step.Weights[line + w3];
                        a0 += v0 * u0;
                        a1 += v0 * u1;
                        a2 += v0 * u2;
                        a3 += v0 * u3;
                        b0 += v1 * u0;
                        b1 += v1 * u1;
                        b2 += v1 * u2;
                        b3 += v1 * u3;
                        c0 += v2 * u0;
                        c1 += v2 * u1;
                        c2 += v2 * u2;
                        c3 += v2 * u3;
                        d0 += v3 * u0;
                        d1 += v3 * u1;
                        d2 += v3 * u2;
                        d3 += v3 * u3;
                    }
                }
            }

            var place = ((((long)localRow * to.Width) + localColumn) * to.Channels) + ((long)group * features) + f0;
            var size = (long)to.Height * to.Width * to.Channels;
            Store(to, (s0 * size) + place, w1, w2, w3, a0, a1, a2, a3);
            if (s1 > s0)
                Store(to, (s1 * size) + place, w1, w2, w3, b0, b1, b2, b3);
            if (s2 > s1)
                Store(to, (s2 * size) + place, w1, w2, w3, c0, c1, c2, c3);
            if (s3 > s2)
                Store(to, (s3 * size) + place, w1, w2, w3, d0, d1, d2, d3);
        }
    }

    private static int Row(WindowView from, WindowView to, ConvolutionView step, int symbol, int row, int tap) => AxisView.Source(
        step.Rows, row + to.Corners[2L * symbol], to.MapHeight, tap, from.Corners[2L * symbol], from.Height, from.MapHeight);

    private static long Place(WindowView from, WindowView to, ConvolutionView step, int symbol, int y, int column, int tap, int group)
    {
        if (y < 0)
            return -1;
        var x = AxisView.Source(step.Columns, column + to.Corners[(2L * symbol) + 1], to.MapWidth, tap, from.Corners[(2L * symbol) + 1],
            from.Width, from.MapWidth);
        return x < 0 ? -1 : ((((((long)symbol * from.Height) + y) * from.Width) + x) * from.Channels)
            + ((long)group * step.ChannelsPerGroup);
    }

    private static void Store(WindowView to, long place, int w1, int w2, int w3, double v0, double v1, double v2, double v3)
    {
        to.Values[place] = v0;
        if (w1 > 0)
            to.Values[place + w1] = v1;
        if (w2 > 0)
            to.Values[place + w2] = v2;
        if (w3 > 0)
            to.Values[place + w3] = v3;
    }

    /// <summary>Where windows begin behind a convolution.</summary>
    public static void ConvolutionCorners(Index1D lane, Work work, WindowView from, WindowView to, AxisView rows, AxisView columns)
    {
        for (var symbol = (long)lane.X; symbol < work.Count; symbol += work.Lanes)
        {
            to.Corners[2 * symbol] = to.Height == to.MapHeight ? 0 : AxisView.First(rows, from.Corners[2 * symbol]);
            to.Corners[(2 * symbol) + 1] = to.Width == to.MapWidth ? 0 : AxisView.First(columns, from.Corners[(2 * symbol) + 1]);
        }
    }

    /// <summary>Each number as a sum of places of one channel, times its place's factor.</summary>
    public static void Channelwise(
        Index1D lane, Work work, WindowView from, WindowView to, ListView rows, ListView columns,
        ArrayView<int> channels, ArrayView<double> scale)
    {
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            var spot = Spot.Of(to, item);
            var sum = 0.0;
            if (spot.Inside != 0 && channels[spot.Channel] >= 0)
            {
                for (var y = rows.Starts[spot.Row]; y < rows.Starts[spot.Row + 1]; y++)
                {
                    for (var x = columns.Starts[spot.Column]; x < columns.Starts[spot.Column + 1]; x++)
                        sum += Spot.Read(from, spot.Symbol, rows.Places[y], columns.Places[x], channels[spot.Channel]);
                }

                sum *= scale[(spot.Row * to.MapWidth) + spot.Column];
            }

            to.Values[item] = sum;
        }
    }

    /// <summary>Where windows begin behind sums of places: at the first place that reads them.</summary>
    public static void ChannelwiseCorners(Index1D lane, Work work, WindowView from, WindowView to, ListView rows, ListView columns)
    {
        for (var symbol = (long)lane.X; symbol < work.Count; symbol += work.Lanes)
        {
            to.Corners[2 * symbol] = to.Height == to.MapHeight ? 0 : First(rows, from.Corners[2 * symbol], from.Height, from.MapHeight);
            to.Corners[(2 * symbol) + 1] = to.Width == to.MapWidth ? 0
                : First(columns, from.Corners[(2 * symbol) + 1], from.Width, from.MapWidth);
        }
    }

    private static int First(ListView axis, int place, int size, int map)
    {
        var first = int.MaxValue;
        for (var source = place < 0 ? 0 : place; source < place + size && source < map; source++)
            first = axis.Readers[source] < first ? axis.Readers[source] : first;
        return first == int.MaxValue ? 0 : first;
    }

    /// <summary>Numbers of whole maps that come from other places, or are zero.</summary>
    public static void Gather(Index1D lane, Work work, WindowView from, WindowView to, ArrayView<int> sources)
    {
        var size = to.MapHeight * to.MapWidth * to.Channels;
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            int symbol = (int)(item / size), source = sources[item % size], place = source / from.Channels;
            to.Values[item] = source < 0 ? 0
                : Spot.Read(from, symbol, place / from.MapWidth, place % from.MapWidth, source % from.Channels);
        }
    }

    /// <summary>Each number times its place's factor.</summary>
    public static void Scale(Index1D lane, Work work, WindowView from, WindowView to, ArrayView<double> factors)
    {
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            var spot = Spot.Of(to, item);
            to.Values[item] = spot.Inside != 0 ? from.Values[item] * factors[Spot.Index(to, spot)] : 0;
        }
    }

    /// <summary>Adds b to a map, one for each channel or for each number.</summary>
    public static void Shift(Index1D lane, Work work, ArrayView<double> map, ArrayView<double> shift)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
            map[index] += shift[index % shift.Length];
    }

    /// <summary>What the sums of an affine step may lose of one number of its input, before |W|.</summary>
    public static void Loss(Index1D lane, Work work, ValueView value, ArrayView<double> lost, double share)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
            lost[index] = (Math.Abs(value.Maps[index]) + ValueView.Spread(value, index) + value.Radius[index]) * share;
    }
}
