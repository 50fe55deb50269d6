using System.Numerics;
using System.Runtime.CompilerServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// What rows of numbers at one place of a map add to the places that a convolution makes of it. Behind a ReLU most channels of a place are
/// zero in every row, for the neuron there is never active on the box: only the others are multiplied.
/// </summary>
/// <typeparam name="T">The rows' numbers.</typeparam>
/// <typeparam name="TWeight">The weights.</typeparam>
internal sealed unsafe class PlaceProducts<T, TWeight>
    where T : unmanaged, INumber<T>
    where TWeight : unmanaged
{
    private readonly ConvolutionStep _step;
    private readonly TWeight* _weights;
    private readonly int _features, _groupChannels;
    private readonly T* _packed, _noTarget;
    private readonly nint* _rows;
    private readonly int* _chosen;
    private readonly Target* _targets;
    private int _targetCount;

    /// <param name="step">The convolution.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="memory">As many bytes as <see cref="Bytes"/> says; it is zero.</param>
    /// <param name="mostRows">How many rows one place has at most.</param>
    public PlaceProducts(ConvolutionStep step, TWeight* weights, byte* memory, int mostRows)
    {
        (_step, _features, _groupChannels) = (step, step.FeaturesPerGroup, step.ChannelsPerGroup);
        _weights = weights;
        _packed = (T*)Take(ref memory, Padded(mostRows) * (long)_groupChannels * sizeof(T));
        _rows = (nint*)Take(ref memory, _groupChannels * (long)sizeof(nint));
        _chosen = (int*)Take(ref memory, _groupChannels * (long)sizeof(int));
        _noTarget = (T*)Take(ref memory, ((step.Map.Channels + 64L) * sizeof(T)) + 64);
        _targets = (Target*)memory;
    }

    /// <summary>The memory that the products need.</summary>
    public static long Bytes(ConvolutionStep step, int mostRows) =>
        (Padded(mostRows) * (long)step.ChannelsPerGroup * sizeof(T))
        + (step.ChannelsPerGroup * 12L)
        + ((step.Map.Channels + 64L) * sizeof(T))
        + ((long)step.Rows.Kernel * step.Columns.Kernel * sizeof(Target))
        + 1024;

    /// <summary>Finds out which places read a place, and with which weights.</summary>
    public void MoveTo(int row, int column)
    {
        _targetCount = 0;
        foreach (var (newRow, tapRow) in _step.RowReaders[row])
        {
            foreach (var (newColumn, tapColumn) in _step.ColumnReaders[column])
                _targets[_targetCount++] = new Target(
                    newRow,
                    newColumn,
                    (((long)tapRow * _step.Columns.Kernel) + tapColumn) * _step.From.Channels * _features);
        }
    }

    /// <summary>Adds what some rows give at this place.</summary>
    /// <param name="entries">The rows: where the place's channels stand, and where the new map's first number would.</param>
    /// <param name="count">How many.</param>
    /// <param name="slope">What each channel of the place is to be multiplied with, 0 for none; null for 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(Entry* entries, int count, T* slope)
    {
        for (var group = 0; group < _step.Groups; group++)
        {
            var first = group * _groupChannels;
            for (var block = 0; block < _groupChannels; block += ConvolutionStep.Block)
            {
                var chosen = Choose(first + block, Math.Min(ConvolutionStep.Block, _groupChannels - block), slope);
                if (chosen > 0)
                    Multiply(entries, count, slope, chosen, group * _features);
            }
        }
    }

    private int Choose(int first, int count, T* slope)
    {
        var chosen = 0;
        for (var channel = first; channel < first + count; channel++)
        {
            _chosen[chosen] = channel;
            _rows[chosen] = (nint)channel * _features;
            chosen += slope is null || slope[channel] != T.Zero ? 1 : 0;
        }

        return chosen;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(Entry* entries, int count, T* slope, int chosen, int feature)
    {
        Pack(entries, count, slope, chosen);
        var targets = stackalloc T*[8];
        for (var index = 0; index < _targetCount; index++)
        {
            var target = _targets[index];
            var packed = _packed;
            for (var first = 0; first < count;)
            {
                var together = count - first > 4 ? 8 : 4;
                for (var slot = 0; slot < together; slot++)
                {
                    var entry = entries + first + slot;
                    targets[slot] = first + slot < count
                        ? entry->Target + ((((long)target.Row * entry->Width) + target.Column) * _step.Map.Channels) + feature : _noTarget;
                }

                if (together == 8)
                    Tiles<T, TWeight>.Add8(packed, _weights + target.Weights, _rows, chosen, targets, _features);
                else
                    Tiles<T, TWeight>.Add4(packed, _weights + target.Weights, _rows, chosen, targets, _features, absoluteLast: false);
                packed += together * chosen;
                first += together;
            }
        }
    }

    /// <summary>The rows' chosen channels as the tiles want them: number by number of eight rows, or of four at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(Entry* entries, int count, T* slope, int chosen)
    {
        var packed = _packed;
        for (var first = 0; first < count;)
        {
            var together = count - first > 4 ? 8 : 4;
            for (var slot = 0; slot < together; slot++)
            {
                var to = packed + slot;
                if (first + slot >= count)
                {
                    for (var k = 0; k < chosen; k++, to += together)
                        *to = T.Zero;
                    continue;
                }

                var source = entries[first + slot].Source;
                if (slope is null)
                {
                    for (var k = 0; k < chosen; k++, to += together)
                        *to = source[_chosen[k]];
                }
                else
                {
                    for (var k = 0; k < chosen; k++, to += together)
                        *to = source[_chosen[k]] * slope[_chosen[k]];
                }
            }

            packed += together * chosen;
            first += together;
        }
    }

    private static int Padded(int rows) => (rows + 7) / 8 * 8;

    private static byte* Take(ref byte* memory, long bytes)
    {
        var taken = memory;
        memory += (bytes + 63) / 64 * 64;
        return taken;
    }

    /// <summary>One row at the place at hand.</summary>
    internal struct Entry
    {
        /// <summary>The place's first channel.</summary>
        public T* Source;

        /// <summary>Where the first number of the new map would stand, were the row's window large enough.</summary>
        public T* Target;

        /// <summary>The width of the row's new window.</summary>
        public int Width;
    }

    private readonly record struct Target(int Row, int Column, long Weights);
}
