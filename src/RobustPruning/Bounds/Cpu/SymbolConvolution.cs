using System.Numerics;
using System.Runtime.CompilerServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Symbols under a convolution. A symbol's window grows by the kernel. Some symbols at a time are done, so that their new windows are still
/// in the processor's cache when their absolute values are summed up; their numbers are sorted by place, for a place's weights to be read
/// once.
/// </summary>
internal sealed unsafe class SymbolConvolution<T, TWeight>(BufferPool pool, ConvolutionStep step, TWeight* weights, SymbolRadius<T> radius)
    where T : unmanaged, INumber<T>
    where TWeight : unmanaged
{
    // Of new windows at once; half of what a processor core has as second-level cache nowadays.
    private const long BytesAtOnce = 1 << 19;
    private const int FewestAtOnce = 32;

    /// <summary>The symbols behind the convolution.</summary>
    public SymbolBlock<T> Of(SymbolBlock<T> block)
    {
        var result = NewWindows(block);
        var atOnce = (int)Math.Clamp(BytesAtOnce / (result.Size * sizeof(T)), FewestAtOnce, Math.Max(FewestAtOnce, block.Count));
        using var work = block.IsSingle ? null : new Sorting(pool, step, weights, block, Math.Min(atOnce, block.Count));
        for (var first = 0; first < block.Count; first += atOnce)
        {
            var last = Math.Min(block.Count, first + atOnce);
            new Span<T>(result.Values + (first * result.Size), checked((int)((last - first) * result.Size))).Clear();
            if (work is null)
                Stamp(block, result, first, last);
            else
                work.Add(result, first, last);
            radius.Add(result, first, last);
        }

        return result;
    }

    private SymbolBlock<T> NewWindows(SymbolBlock<T> block)
    {
        int height = Math.Min(step.Map.Height, step.Rows.OutputSize(Math.Max(1, block.Height))),
            width = Math.Min(step.Map.Width, step.Columns.OutputSize(Math.Max(1, block.Width)));
        var result = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, step.Map, height, width);
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            var (row, column) = block.IsSingle ? Place(block.Indices[symbol]) : (block.Corners[symbol].Row, block.Corners[symbol].Column);

            // Along an axis that a window covers, it is the axis.
            result.Corners[symbol] = new WindowCorner(
                height == step.Map.Height ? 0 : step.Rows.FirstOutput(row), width == step.Map.Width ? 0 : step.Columns.FirstOutput(column));
        }

        return result;
    }

    private (int Row, int Column) Place(int index)
    {
        var place = Math.Max(0, index) / step.From.Channels;
        return (place / step.From.Width, place % step.From.Width);
    }

    /// <summary>Of a symbol at one place, a convolution makes its channel's kernel, turned round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Stamp(SymbolBlock<T> block, SymbolBlock<T> result, int first, int last)
    {
        var features = step.FeaturesPerGroup;
        for (var symbol = first; symbol < last; symbol++)
        {
            var index = block.Indices[symbol];
            if (index < 0)
                continue;
            var (size, channel) = (block.Values[symbol], index % step.From.Channels);
            var (row, column) = Place(index);
            var origin = result.Origin(symbol) + (channel / step.ChannelsPerGroup * features);
            foreach (var (newRow, tapRow) in step.RowReaders[row])
            {
                foreach (var (newColumn, tapColumn) in step.ColumnReaders[column])
                {
                    var kernel =
                        weights + ((((((long)tapRow * step.Columns.Kernel) + tapColumn) * step.From.Channels) + channel) * features);
                    Weights<T, TWeight>.Scale(
                        kernel,
                        size,
                        origin + ((((long)newRow * result.Width) + newColumn) * step.Map.Channels),
                        features);
                }
            }
        }
    }

    /// <summary>The numbers of some symbols' windows, sorted by their place in the map, and their products.</summary>
    private sealed class Sorting : IDisposable
    {
        private readonly ConvolutionStep _step;
        private readonly TWeight* _weights;
        private readonly SymbolBlock<T> _block;
        private readonly BufferPool.Buffer _starts, _entries, _memory;
        private readonly PlaceProducts<T, TWeight> _products;

        public Sorting(BufferPool pool, ConvolutionStep step, TWeight* weights, SymbolBlock<T> block, int atOnce)
        {
            (_step, _block) = (step, block);
            _weights = weights;
            _starts = pool.Rent<int>(step.From.Area + 2);
            _entries = pool.Rent<PlaceProducts<T, TWeight>.Entry>((long)atOnce * block.Height * block.Width);
            _memory = pool.RentZeros<byte>(PlaceProducts<T, TWeight>.Bytes(step, atOnce));
            _products = new PlaceProducts<T, TWeight>(step, weights, _memory.As<byte>(), atOnce);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Add(SymbolBlock<T> result, int first, int last)
        {
            int* starts = _starts.As<int>();
            var entries = _entries.As<PlaceProducts<T, TWeight>.Entry>();
            Sort(result, first, last, starts, entries);
            var channels = _step.From.Channels;
            for (var place = 0; place < _step.From.Area; place++)
            {
                int from = starts[place], to = starts[place + 1];
                if (from == to)
                    continue;
                var slope = _block.Slope is null ? null : _block.Slope + ((long)place * channels);
                if (_step.ChannelsPerGroup == 1 && _step.FeaturesPerGroup == 1)
                {
                    Depthwise(entries + from, to - from, slope, place / _step.From.Width, place % _step.From.Width);
                    continue;
                }

                _products.MoveTo(place / _step.From.Width, place % _step.From.Width);
                _products.Add(entries + from, to - from, slope);
            }
        }

        public void Dispose()
        {
            _starts.Release();
            _entries.Release();
            _memory.Release();
        }

        /// <summary>A counting sort: afterwards a place's entries begin where starts says.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Sort(SymbolBlock<T> result, int first, int last, int* starts, PlaceProducts<T, TWeight>.Entry* entries)
        {
            int width = _step.From.Width, area = _step.From.Area, channels = _step.From.Channels;
            new Span<int>(starts, area + 2).Clear();
            for (var symbol = first; symbol < last; symbol++)
            {
                var (top, bottom, left, right) = _block.Inside(symbol);
                for (var row = top; row < bottom; row++)
                {
                    for (var place = (row * width) + left; place < (row * width) + right; place++)
                        starts[place + 2]++;
                }
            }

            for (var place = 2; place < area + 2; place++)
                starts[place] += starts[place - 1];
            for (var symbol = first; symbol < last; symbol++)
            {
                var (top, bottom, left, right) = _block.Inside(symbol);
                T* source = _block.Origin(symbol), target = result.Origin(symbol);
                for (var row = top; row < bottom; row++)
                {
                    var line = source + ((long)row * _block.Width * channels);
                    for (var column = left; column < right; column++)
                    {
                        var entry = entries + starts[(row * width) + column + 1]++;
                        entry->Source = line + ((long)column * channels);
                        entry->Target = target;
                        entry->Width = result.Width;
                    }
                }
            }
        }

        /// <summary>Every channel by itself.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Depthwise(PlaceProducts<T, TWeight>.Entry* entries, int count, T* slope, int row, int column)
        {
            var channels = _step.From.Channels;
            foreach (var (newRow, tapRow) in _step.RowReaders[row])
            {
                foreach (var (newColumn, tapColumn) in _step.ColumnReaders[column])
                {
                    var kernel = _weights + ((((long)tapRow * _step.Columns.Kernel) + tapColumn) * channels);
                    for (var index = 0; index < count; index++)
                    {
                        T* source = entries[index].Source,
                            target = entries[index].Target + ((((long)newRow * entries[index].Width) + newColumn) * channels);
                        Weights<T, TWeight>.AddProducts(kernel, source, slope, target, channels);
                    }
                }
            }
        }
    }
}
