using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RobustPruning.Devices;

/// <summary>
/// A convolution of windows that skips what is zero for sure. Behind a ReLU most channels of a place are zero in every window, because
/// the neuron there is never active; which ones is the same for all windows of a box. So the entries of all windows are sorted by their
/// place in the map, and each place's entries are multiplied by the weights of its active channels alone.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class SparseConvolution<T>(ConvolutionShape shape, SparseConvolution<T>.Taps weights)
    where T : unmanaged, INumber<T>
{
    // Hot loops are compiled with all optimisations at once: a first image is certified in less time than it takes to find out that they are hot.
    // So many entries share each weight that is read.
    private const int Together = 4;

    private readonly int _channels = weights.Channels;
    private readonly int _features = weights.Features;

    /// <summary>Adds the products of some symbols' windows to their new windows.</summary>
    /// <param name="windows">All windows, <c>[N, h, w, C]</c>.</param>
    /// <param name="active">What is not zero for sure, <c>[B, H, W, C]</c>, or null if nothing is known.</param>
    /// <param name="result">All new windows, <c>[N, h', w', F]</c>.</param>
    /// <param name="first">The first symbol.</param>
    /// <param name="last">The symbol behind the last one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(Windows windows, T* active, Windows result, int first, int last)
    {
        if (first == last)
            return;
        var firstBox = windows.Places[first].Box;
        var starts = Count(windows, first, last, firstBox);

        // Lists as long as this would live in the large object heap, and be collected with everything else.
        var entries = ArrayPool<Entry>.Shared.Rent(starts[^1]);
        SortByPlace(windows, first, last, firstBox, starts, entries);
        var outputs = new List<(int Row, int Column, nint Tap)>();
        var chosen = stackalloc int[_channels];
        var sources = stackalloc T*[Together];
        var targets = stackalloc T*[Together];
        T[] zeros = new T[_channels], unused = new T[_features];
        fixed (T* noSource = zeros, noTarget = unused)
        {
            for (var place = 0; place < starts.Length - 1; place++)
            {
                int from = starts[place], to = starts[place + 1];
                if (from == to)
                    continue;
                var count = Choose(active is null ? null : active + ((((long)firstBox * shape.Height * shape.Width) + place) * _channels), chosen);
                ListOutputs(place, outputs);
                foreach (var (row, column, tap) in outputs)
                {
                    for (var entry = from; entry < to; entry += Together)
                    {
                        for (var slot = 0; slot < Together; slot++)
                        {
                            var inside = entry + slot < to;
                            sources[slot] = inside ? windows.Values + (entries[entry + slot].Row * _channels) : noSource;
                            targets[slot] = inside ? result.At(entries[entry + slot].Symbol, row, column, _features) : noTarget;
                        }

                        Multiply(sources, chosen, count, tap, targets);
                    }
                }
            }
        }

        ArrayPool<Entry>.Shared.Return(entries);
    }

    /// <summary>The outputs that read a place, and the weights of the tap at which they do.</summary>
    private void ListOutputs(int place, List<(int Row, int Column, nint Tap)> outputs)
    {
        outputs.Clear();
        int row = place / shape.Width % shape.Height, column = place % shape.Width;
        for (var outputRow = Math.Max(0, shape.Rows.FirstOutput(row)); outputRow <= Math.Min(shape.NewHeight - 1, shape.Rows.LastOutput(row)); outputRow++)
        {
            for (var outputColumn = Math.Max(0, shape.Columns.FirstOutput(column)); outputColumn <= Math.Min(shape.NewWidth - 1, shape.Columns.LastOutput(column)); outputColumn++)
            {
                int tapRow = shape.Rows.Tap(outputRow, row), tapColumn = shape.Columns.Tap(outputColumn, column);
                if (tapRow >= 0 && tapColumn >= 0)
                    outputs.Add((outputRow, outputColumn, weights.Address + (nint)(sizeof(T) * ((tapRow * weights.RowStep) + (tapColumn * weights.ColumnStep)))));
            }
        }
    }

    /// <summary>For each place of each box's map, where its entries start when they are sorted by place.</summary>
    private int[] Count(Windows windows, int first, int last, int firstBox)
    {
        var area = shape.Height * shape.Width;
        var starts = new int[((windows.Places[last - 1].Box - firstBox + 1) * area) + 1];
        for (var symbol = first; symbol < last; symbol++)
        {
            var (top, bottom, left, right) = windows.Places[symbol].Inside(windows.Height, windows.Width, shape.Height, shape.Width);
            for (var row = top; row < bottom; row++)
            {
                var place = ((windows.Places[symbol].Box - firstBox) * area) + (row * shape.Width) + 1;
                for (var column = left; column < right; column++)
                    starts[place + column]++;
            }
        }

        for (var place = 1; place < starts.Length; place++)
            starts[place] += starts[place - 1];
        return starts;
    }

    /// <summary>A counting sort.</summary>
    private void SortByPlace(Windows windows, int first, int last, int firstBox, int[] starts, Entry[] entries)
    {
        var area = shape.Height * shape.Width;
        var next = starts[..^1];
        for (var symbol = first; symbol < last; symbol++)
        {
            var (top, bottom, left, right) = windows.Places[symbol].Inside(windows.Height, windows.Width, shape.Height, shape.Width);
            var at = windows.Places[symbol];
            for (var row = top; row < bottom; row++)
            {
                var place = ((at.Box - firstBox) * area) + (row * shape.Width);
                var entry = ((((long)symbol * windows.Height) + row - at.Row) * windows.Width) - at.Column;
                for (var column = left; column < right; column++)
                    entries[next[place + column]++] = new Entry(entry + column, symbol);
            }
        }
    }

    /// <summary>Lists the channels that are not zero for sure.</summary>
    private int Choose(T* active, int* chosen)
    {
        var count = 0;
        for (var channel = 0; channel < _channels; channel++)
        {
            if (active is null || active[channel] != T.Zero)
                chosen[count++] = channel;
        }

        return count;
    }

    /// <summary>target_i += Σ_k source_i[k] · weights[k] over the chosen channels k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(T** sources, int* chosen, int count, nint tap, T** targets)
    {
        var weightsOfTap = (T*)tap;
        var feature = 0;
        for (; feature <= _features - (2 * Vector512<T>.Count); feature += 2 * Vector512<T>.Count)
            MultiplyTwoVectors(sources, chosen, count, weightsOfTap + feature, targets, feature);
        for (; feature <= _features - Vector512<T>.Count; feature += Vector512<T>.Count)
            MultiplyVector(sources, chosen, count, weightsOfTap + feature, targets, feature);
        for (; feature < _features; feature++)
        {
            for (var slot = 0; slot < Together; slot++)
            {
                var sum = T.Zero;
                for (var k = 0; k < count; k++)
                    sum += sources[slot][chosen[k]] * weightsOfTap[(chosen[k] * weights.ChannelStep) + feature];
                targets[slot][feature] += sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyTwoVectors(T** sources, int* chosen, int count, T* first, T** targets, int feature)
    {
        var step = weights.ChannelStep;
        T* source0 = sources[0], source1 = sources[1], source2 = sources[2], source3 = sources[3];
        Vector512<T> sum00 = default, sum01 = default, sum10 = default, sum11 = default, sum20 = default, sum21 = default, sum30 = default, sum31 = default;
        for (var k = 0; k < count; k++)
        {
            var channel = chosen[k];
            var line = first + (channel * step);
            Vector512<T> weight0 = Vector512.Load(line), weight1 = Vector512.Load(line + Vector512<T>.Count);
            var value = Vector512.Create(source0[channel]);
            sum00 = MultiplyAdd(value, weight0, sum00);
            sum01 = MultiplyAdd(value, weight1, sum01);
            value = Vector512.Create(source1[channel]);
            sum10 = MultiplyAdd(value, weight0, sum10);
            sum11 = MultiplyAdd(value, weight1, sum11);
            value = Vector512.Create(source2[channel]);
            sum20 = MultiplyAdd(value, weight0, sum20);
            sum21 = MultiplyAdd(value, weight1, sum21);
            value = Vector512.Create(source3[channel]);
            sum30 = MultiplyAdd(value, weight0, sum30);
            sum31 = MultiplyAdd(value, weight1, sum31);
        }

        AddTo(targets[0] + feature, sum00);
        AddTo(targets[0] + feature + Vector512<T>.Count, sum01);
        AddTo(targets[1] + feature, sum10);
        AddTo(targets[1] + feature + Vector512<T>.Count, sum11);
        AddTo(targets[2] + feature, sum20);
        AddTo(targets[2] + feature + Vector512<T>.Count, sum21);
        AddTo(targets[3] + feature, sum30);
        AddTo(targets[3] + feature + Vector512<T>.Count, sum31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyVector(T** sources, int* chosen, int count, T* first, T** targets, int feature)
    {
        var step = weights.ChannelStep;
        T* source0 = sources[0], source1 = sources[1], source2 = sources[2], source3 = sources[3];
        Vector512<T> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var k = 0; k < count; k++)
        {
            var channel = chosen[k];
            var weight = Vector512.Load(first + (channel * step));
            sum0 = MultiplyAdd(Vector512.Create(source0[channel]), weight, sum0);
            sum1 = MultiplyAdd(Vector512.Create(source1[channel]), weight, sum1);
            sum2 = MultiplyAdd(Vector512.Create(source2[channel]), weight, sum2);
            sum3 = MultiplyAdd(Vector512.Create(source3[channel]), weight, sum3);
        }

        AddTo(targets[0] + feature, sum0);
        AddTo(targets[1] + feature, sum1);
        AddTo(targets[2] + feature, sum2);
        AddTo(targets[3] + feature, sum3);
    }

    private static Vector512<T> MultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> sum) => typeof(T) == typeof(double)
        ? Vector512.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), sum.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), sum.AsSingle()).As<float, T>();

    private static void AddTo(T* target, Vector512<T> sum) => Vector512.Store(Vector512.Load(target) + sum, target);

    /// <summary>One place of one window: its row in <c>[N·h·w, C]</c>, and whose it is.</summary>
    private readonly record struct Entry(long Row, int Symbol);

    /// <summary>Windows in memory.</summary>
    internal readonly record struct Windows(nint Address, WindowPlace[] Places, int Height, int Width)
    {
        public T* Values => (T*)Address;

        /// <summary>The features of one place of the map in a symbol's window.</summary>
        public T* At(int symbol, int row, int column, int features) =>
            Values + ((((((long)symbol * Height) + row - Places[symbol].Row) * Width) + column - Places[symbol].Column) * features);
    }

    /// <summary>The weights in memory, <c>[kH, kW, C, F]</c> with F contiguous; steps in numbers.</summary>
    internal readonly record struct Taps(nint Address, int Channels, int Features, long RowStep, long ColumnStep, long ChannelStep);
}
