using System.Numerics;
using System.Runtime.CompilerServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>Symbols under all that multiplies each number by itself, moves numbers or adds up neighbours of one channel.</summary>
internal static unsafe class SymbolMoves<T>
    where T : unmanaged, INumber<T>
{
    /// <summary>Each number times one of its own, with 64 bits, rounded to the symbols' type.</summary>
    public static SymbolBlock<T> Scale(BufferPool pool, SymbolBlock<T> block, double[] factors)
    {
        var rounded = pool.Rent<T>(factors.Length);
        for (var index = 0; index < factors.Length; index++)
            rounded.As<T>()[index] = T.CreateTruncating(factors[index]);
        var scaled = Scale(pool, block, rounded.As<T>());
        rounded.Release();
        return scaled;
    }

    /// <summary>Each number times one of its own.</summary>
    public static SymbolBlock<T> Scale(BufferPool pool, SymbolBlock<T> block, T* factors)
    {
        if (block.IsSingle)
        {
            var singles = SymbolBlock<T>.Singles(pool, block.Birth, block.Count, block.Map);
            for (var symbol = 0; symbol < block.Count; symbol++)
            {
                var index = singles.Indices[symbol] = block.Indices[symbol];
                singles.Values[symbol] = index < 0 ? T.Zero : block.Values[symbol] * factors[index];
            }

            return singles;
        }

        var scaled = Like(pool, block);
        ForLines(block, scaled, (source, slope, place, target, count) =>
        {
            T* from = (T*)source, waiting = (T*)slope, to = (T*)target, factor = factors + place;
            for (var index = 0; index < count; index++)
                to[index] = (waiting is null ? from[index] : from[index] * waiting[index]) * factor[index];
        });
        return scaled;
    }

    /// <summary>The same symbols with the slope that waits multiplied in.</summary>
    public static SymbolBlock<T> Settle(BufferPool pool, SymbolBlock<T> block)
    {
        if (block.IsSingle || block.Slope is null)
            return block.Share();
        var settled = Like(pool, block);
        ForLines(block, settled, (source, slope, _, target, count) =>
        {
            T* from = (T*)source, waiting = (T*)slope, to = (T*)target;
            for (var index = 0; index < count; index++)
                to[index] = from[index] * waiting[index];
        });
        return settled;
    }

    /// <summary>
    /// Numbers at other places. Single symbols stay single if each number goes to one place at most; windows become as large as the map.
    /// </summary>
    public static SymbolBlock<T> Gather(BufferPool pool, SymbolBlock<T> block, GatherStep step)
    {
        if (block.IsSingle && step.Targets is { } targets)
        {
            var singles = SymbolBlock<T>.Singles(pool, block.Birth, block.Count, step.Map);
            for (var symbol = 0; symbol < block.Count; symbol++)
            {
                singles.Indices[symbol] = block.Indices[symbol] is >= 0 and var index ? targets[index] : -1;
                singles.Values[symbol] = block.Values[symbol];
            }

            return singles;
        }

        var dense = Dense(pool, block);
        var moved = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, step.Map, step.Map.Height, step.Map.Width);
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            T* source = dense.Values + (symbol * dense.Size), target = moved.Values + (symbol * moved.Size);
            for (var index = 0; index < step.Sources.Length; index++)
                target[index] = step.Sources[index] is >= 0 and var from ? source[from] : T.Zero;
        }

        dense.Release();
        return moved;
    }

    /// <summary>Sums of places of each channel, or whole rows, columns and channels moved.</summary>
    public static SymbolBlock<T> Channelwise(BufferPool pool, SymbolBlock<T> block, ChannelwiseStep step)
    {
        if (block.IsSingle)
        {
            if (step.StaysSingle)
                return MoveSingles(pool, block, step);
            var windows = Windows(pool, block);
            var slid = Channelwise(pool, windows, step);
            windows.Release();
            return slid;
        }

        int height = Math.Min(step.Map.Height, step.Rows.TargetSize(block.Height)),
            width = Math.Min(step.Map.Width, step.Columns.TargetSize(block.Width));
        var moved = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, step.Map, height, width);
        for (var symbol = 0; symbol < block.Count; symbol++)
            Slide(block, symbol, step, moved);
        return moved;
    }

    /// <summary>The same symbols in a value that holds this one from a channel on, and is zero elsewhere.</summary>
    public static SymbolBlock<T> Place(BufferPool pool, SymbolBlock<T> block, int channel, MapShape map)
    {
        int channels = block.Map.Channels;
        if (block.IsSingle)
        {
            var singles = SymbolBlock<T>.Singles(pool, block.Birth, block.Count, map);
            for (var symbol = 0; symbol < block.Count; symbol++)
            {
                singles.Indices[symbol] = block.Indices[symbol] is >= 0 and var index
                    ? (index / channels * map.Channels) + channel + (index % channels)
                    : -1;
                singles.Values[symbol] = block.Values[symbol];
            }

            return singles;
        }

        var placed = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, map, block.Height, block.Width);
        Clear(placed);
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            placed.Corners[symbol] = block.Corners[symbol];
            var (top, bottom, left, right) = block.Inside(symbol);
            T* from = block.Origin(symbol), to = placed.Origin(symbol);
            for (var row = top; row < bottom; row++)
            {
                for (var column = left; column < right; column++)
                {
                    var place = ((long)row * block.Width) + column;
                    T* source = from + (place * channels), target = to + (place * map.Channels) + channel;
                    var slope = block.Slope is null ? null : block.Slope + ((((long)row * map.Width) + column) * channels);
                    for (var index = 0; index < channels; index++)
                        target[index] = slope is null ? source[index] : source[index] * slope[index];
                }
            }
        }

        return placed;
    }

    /// <summary>The sum of two blocks of the same symbols.</summary>
    public static SymbolBlock<T> Add(BufferPool pool, SymbolBlock<T> first, SymbolBlock<T> second)
    {
        if (first.IsSingle && second.IsSingle && HaveOnePlaceEach(first, second))
        {
            var singles = SymbolBlock<T>.Singles(pool, first.Birth, first.Count, first.Map);
            for (var symbol = 0; symbol < first.Count; symbol++)
            {
                singles.Indices[symbol] = Math.Max(first.Indices[symbol], second.Indices[symbol]);
                singles.Values[symbol] =
                    (first.Indices[symbol] < 0 ? T.Zero : first.Values[symbol])
                    + (second.Indices[symbol] < 0 ? T.Zero : second.Values[symbol]);
            }

            return singles;
        }

        int height = 1, width = 1;
        var corners = new WindowCorner[first.Count];
        for (var symbol = 0; symbol < first.Count; symbol++)
        {
            var (top, bottom, left, right) = Union(Extent(first, symbol), Extent(second, symbol));
            corners[symbol] = new WindowCorner(top, left);
            (height, width) = (Math.Max(height, bottom - top), Math.Max(width, right - left));
        }

        var sum = SymbolBlock<T>.Windows(
            pool, first.Birth, first.Count, first.Map, Math.Min(height, first.Map.Height), Math.Min(width, first.Map.Width));
        Clear(sum);
        for (var symbol = 0; symbol < first.Count; symbol++)
        {
            sum.Corners[symbol] = new WindowCorner(
                sum.Height == first.Map.Height ? 0 : corners[symbol].Row, sum.Width == first.Map.Width ? 0 : corners[symbol].Column);
            AddTo(sum, first, symbol);
            AddTo(sum, second, symbol);
        }

        return sum;
    }

    private static bool HaveOnePlaceEach(SymbolBlock<T> first, SymbolBlock<T> second)
    {
        for (var symbol = 0; symbol < first.Count; symbol++)
        {
            int one = first.Indices[symbol], other = second.Indices[symbol];
            if (one >= 0 && other >= 0 && one != other)
                return false;
        }

        return true;
    }

    /// <summary>The part of the map that a symbol touches; empty where it touches none.</summary>
    private static (int Top, int Bottom, int Left, int Right) Extent(SymbolBlock<T> block, int symbol)
    {
        if (!block.IsSingle)
            return block.Inside(symbol);
        if (block.Indices[symbol] < 0)
            return (0, 0, 0, 0);
        var place = block.Indices[symbol] / block.Map.Channels;
        return (place / block.Map.Width, (place / block.Map.Width) + 1, place % block.Map.Width, (place % block.Map.Width) + 1);
    }

    private static (int Top, int Bottom, int Left, int Right) Union(
        (int Top, int Bottom, int Left, int Right) one,
        (int Top, int Bottom, int Left, int Right) other)
    {
        if (one.Top >= one.Bottom || one.Left >= one.Right)
            return other.Top >= other.Bottom || other.Left >= other.Right ? (0, 0, 0, 0) : other;
        return other.Top >= other.Bottom || other.Left >= other.Right
            ? one
            : (
                Math.Min(one.Top, other.Top), Math.Max(one.Bottom, other.Bottom), Math.Min(one.Left, other.Left),
                Math.Max(one.Right, other.Right));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTo(SymbolBlock<T> sum, SymbolBlock<T> block, int symbol)
    {
        int channels = sum.Map.Channels;
        var (top, bottom, left, right) = Extent(block, symbol);
        if (top >= bottom || left >= right)
            return;
        var to = sum.Origin(symbol);
        if (block.IsSingle)
        {
            to[((((long)top * sum.Width) + left) * channels) + (block.Indices[symbol] % channels)] += block.Values[symbol];
            return;
        }

        var from = block.Origin(symbol);
        var length = (right - left) * channels;
        for (var row = top; row < bottom; row++)
        {
            T* source = from + ((((long)row * block.Width) + left) * channels), target = to + ((((long)row * sum.Width) + left) * channels);
            var slope = block.Slope is null ? null : block.Slope + ((((long)row * block.Map.Width) + left) * channels);
            for (var index = 0; index < length; index++)
                target[index] += slope is null ? source[index] : source[index] * slope[index];
        }
    }

    private static SymbolBlock<T> MoveSingles(BufferPool pool, SymbolBlock<T> block, ChannelwiseStep step)
    {
        var singles = SymbolBlock<T>.Singles(pool, block.Birth, block.Count, step.Map);
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            (singles.Indices[symbol], singles.Values[symbol]) = (-1, block.Values[symbol]);
            if (block.Indices[symbol] is not (>= 0 and var index))
                continue;
            int place = index / step.From.Channels, channel = step.TargetOf(index % step.From.Channels);
            var (row, rowEnd) = step.Rows.Targets(place / step.From.Width, 1);
            var (column, columnEnd) = step.Columns.Targets(place % step.From.Width, 1);
            if (channel < 0 || row >= rowEnd || column >= columnEnd)
                continue;
            singles.Indices[symbol] = (((row * step.Map.Width) + column) * step.Map.Channels) + channel;
            if (step.Terms > 0)
                singles.Values[symbol] *= T.CreateTruncating(step.ScaleOf(row, column));
        }

        return singles;
    }

    private static SymbolBlock<T> Windows(BufferPool pool, SymbolBlock<T> block)
    {
        var windows = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, block.Map, 1, 1);
        Clear(windows);
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            int index = Math.Max(0, block.Indices[symbol]), place = index / block.Map.Channels;
            windows.Corners[symbol] = new WindowCorner(place / block.Map.Width, place % block.Map.Width);
            windows.Values[(symbol * windows.Size) + (index % block.Map.Channels)] =
                block.Indices[symbol] < 0 ? T.Zero : block.Values[symbol];
        }

        return windows;
    }

    private static SymbolBlock<T> Dense(BufferPool pool, SymbolBlock<T> block)
    {
        var dense = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, block.Map, block.Map.Height, block.Map.Width);
        Clear(dense);
        for (var symbol = 0; symbol < block.Count; symbol++)
            AddTo(dense, block, symbol);
        return dense;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slide(SymbolBlock<T> block, int symbol, ChannelwiseStep step, SymbolBlock<T> moved)
    {
        var corner = block.Corners[symbol];
        var (firstRow, rowEnd) = step.Rows.Targets(corner.Row, block.Height);
        var (firstColumn, columnEnd) = step.Columns.Targets(corner.Column, block.Width);
        moved.Corners[symbol] = new WindowCorner(
            moved.Height == step.Map.Height ? 0 : firstRow,
            moved.Width == step.Map.Width ? 0 : firstColumn);
        new Span<T>(moved.Values + (symbol * moved.Size), (int)moved.Size).Clear();
        var (top, bottom, left, right) = block.Inside(symbol);
        T* from = block.Origin(symbol), to = moved.Origin(symbol);
        int channels = step.Map.Channels, fromChannels = step.From.Channels;
        for (var row = firstRow; row < rowEnd; row++)
        {
            for (var column = firstColumn; column < columnEnd; column++)
            {
                var target = to + ((((long)row * moved.Width) + column) * channels);
                foreach (var sourceRow in step.Rows.Sources[row])
                {
                    foreach (var sourceColumn in step.Columns.Sources[column])
                    {
                        if (sourceRow < top || sourceRow >= bottom || sourceColumn < left || sourceColumn >= right)
                            continue;
                        var source = from + ((((long)sourceRow * block.Width) + sourceColumn) * fromChannels);
                        var slope = block.Slope is null
                            ? null
                            : block.Slope + ((((long)sourceRow * step.From.Width) + sourceColumn) * fromChannels);
                        for (var channel = 0; channel < channels; channel++)
                        {
                            var read = step.Channels is null ? channel : step.Channels[channel];
                            if (read >= 0)
                                target[channel] += slope is null ? source[read] : source[read] * slope[read];
                        }
                    }
                }

                if (step.Terms > 0)
                {
                    var scale = T.CreateTruncating(step.ScaleOf(row, column));
                    for (var channel = 0; channel < channels; channel++)
                        target[channel] *= scale;
                }
            }
        }
    }

    private static SymbolBlock<T> Like(BufferPool pool, SymbolBlock<T> block)
    {
        var like = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, block.Map, block.Height, block.Width);
        new Span<WindowCorner>(block.Corners, block.Count).CopyTo(new Span<WindowCorner>(like.Corners, block.Count));
        return like;
    }

    private static void Clear(SymbolBlock<T> block)
    {
        for (var symbol = 0; symbol < block.Count; symbol++)
            new Span<T>(block.Values + (symbol * block.Size), (int)block.Size).Clear();
    }

    /// <summary>
    /// Tells of each line of each window inside the map: its numbers, their slopes, their place in the map, where they go and how many they
    /// are.
    /// </summary>
    private static void ForLines(SymbolBlock<T> block, SymbolBlock<T> result, Action<nint, nint, long, nint, int> work)
    {
        var channels = block.Map.Channels;
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            var (top, bottom, left, right) = block.Inside(symbol);
            T* from = block.Origin(symbol), to = result.Origin(symbol);
            for (var row = top; row < bottom && left < right; row++)
            {
                long line = (((long)row * block.Width) + left) * channels, place = (((long)row * block.Map.Width) + left) * channels;
                work(
                    (nint)(from + line),
                    block.Slope is null ? 0 : (nint)(block.Slope + place),
                    place,
                    (nint)(to + line),
                    (right - left) * channels);
            }
        }
    }
}
