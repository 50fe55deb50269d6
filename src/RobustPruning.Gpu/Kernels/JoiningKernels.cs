using ILGPU;

namespace RobustPruning.Gpu.Kernels;

/// <summary>Values where branches meet.</summary>
internal static class JoiningKernels
{
    /// <summary>target = a + b.</summary>
    public static void Sum(Index1D lane, Work work, ArrayView<double> a, ArrayView<double> b, ArrayView<double> target)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
            target[index] = a[index] + b[index];
    }

    /// <summary>What the sum of two values may lose.</summary>
    public static void Loss(Index1D lane, Work work, ValueView a, ValueView b, ArrayView<double> lost, double underflow)
    {
        for (var index = (long)lane.X; index < work.Count; index += work.Lanes)
        {
            var first = Math.Abs(a.Maps[index]) + ValueView.Spread(a, index) + a.Radius[index];
            var second = Math.Abs(b.Maps[index]) + ValueView.Spread(b, index) + b.Radius[index];
            lost[index] = ((first + second) * Numerics.Rounding.OneStep) + underflow;
        }
    }

    /// <summary>The same windows among other channels, which are zero.</summary>
    public static void Place(Index1D lane, Work work, WindowView from, WindowView to, int offset)
    {
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            var own = (int)(item % to.Channels) - offset;
            to.Values[item] = own >= 0 && own < from.Channels ? from.Values[(item / to.Channels * from.Channels) + own] : 0;
        }
    }

    /// <summary>Where the sum of two windows begins; the greatest height and width of all go to the two sizes.</summary>
    public static void UnionCorners(Index1D lane, Work work, WindowView a, WindowView b, ArrayView<int> corners, ArrayView<int> sizes)
    {
        for (var symbol = (long)lane.X; symbol < work.Count; symbol += work.Lanes)
        {
            for (var axis = 0; axis < 2; axis++)
            {
                int map = axis == 0 ? a.MapHeight : a.MapWidth;
                int p = a.Corners[(2 * symbol) + axis], pEnd = p + (axis == 0 ? a.Height : a.Width);
                int q = b.Corners[(2 * symbol) + axis], qEnd = q + (axis == 0 ? b.Height : b.Width);
                p = p < 0 ? 0 : p;
                q = q < 0 ? 0 : q;
                pEnd = pEnd > map ? map : pEnd;
                qEnd = qEnd > map ? map : qEnd;

                // One that lies outside takes no part.
                int first = p >= pEnd || (q < qEnd && q < p) ? q : p, end = p >= pEnd || (q < qEnd && qEnd > pEnd) ? qEnd : pEnd;
                corners[(2 * symbol) + axis] = first < map ? first : 0;
                Atomic.Max(ref sizes[axis], end - first);
            }
        }
    }

    /// <summary>Windows as high or as wide as the map begin at its first place.</summary>
    public static void SettleCorners(Index1D lane, Work work, WindowView windows)
    {
        for (var symbol = (long)lane.X; symbol < work.Count; symbol += work.Lanes)
        {
            if (windows.Height == windows.MapHeight)
                windows.Corners[2 * symbol] = 0;
            if (windows.Width == windows.MapWidth)
                windows.Corners[(2 * symbol) + 1] = 0;
        }
    }

    /// <summary>The sum of two windows.</summary>
    public static void Add(Index1D lane, Work work, WindowView a, WindowView b, WindowView to)
    {
        for (var item = (long)lane.X; item < work.Count; item += work.Lanes)
        {
            var spot = Spot.Of(to, item);
            to.Values[item] = spot.Inside == 0 ? 0
                : Spot.Read(a, spot.Symbol, spot.Row, spot.Column, spot.Channel)
                    + Spot.Read(b, spot.Symbol, spot.Row, spot.Column, spot.Channel);
        }
    }
}
