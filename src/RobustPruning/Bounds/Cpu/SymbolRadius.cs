using System.Numerics;
using System.Runtime.CompilerServices;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// The sum of the absolute values of symbols, Σ_m |E_m|, for each number of a value: few at a time in the symbols' type, and these sums in
/// 64 bits. It takes over its memory.
/// </summary>
internal sealed unsafe class SymbolRadius<T>
    where T : unmanaged, INumber<T>
{
    private readonly BufferPool.Buffer _few;
    private readonly BufferPool.Buffer _sum;
    private readonly MapShape _map;
    private int _top = int.MaxValue, _bottom, _pending, _mostPending;
    private long _flushes;

    public SymbolRadius(BufferPool pool, MapShape map)
    {
        _map = map;
        _few = pool.RentZeros<T>(map.Size);
        _sum = pool.RentZeros<double>(map.Size);
    }

    /// <summary>Adds some symbols of a block, all slopes applied.</summary>
    public void Add(SymbolBlock<T> block, int first, int last)
    {
        if (block.IsSingle)
        {
            for (var symbol = first; symbol < last; symbol++)
            {
                // Most stand at places of their own: no need to sum few.
                if (block.Indices[symbol] is >= 0 and var index)
                    _sum.Doubles[index] += double.CreateChecked(T.Abs(block.Values[symbol]));
            }

            _flushes += last - first;
            return;
        }

        for (var symbol = first; symbol < last; symbol++)
            AddWindow(block, symbol);
        Flush();
    }

    /// <summary>The sums, no less than the true ones.</summary>
    public BufferPool.Buffer Finish()
    {
        Flush();
        _few.Release();
        var growth =
            (1 + Rounding.Gamma(_mostPending + 2, Enclosure<T>.Epsilon))
            * (1 + Rounding.Gamma(_flushes + 4, Rounding.Epsilon(TorchSharp.torch.ScalarType.Float64)));
        for (var index = 0; index < _map.Size; index++)
            _sum.Doubles[index] *= growth;
        return _sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddWindow(SymbolBlock<T> block, int symbol)
    {
        var (top, bottom, left, right) = block.Inside(symbol);
        if (top >= bottom || left >= right)
            return;
        (_top, _bottom) = (Math.Min(_top, top), Math.Max(_bottom, bottom));
        _pending++;
        T* origin = block.Origin(symbol), few = _few.As<T>();
        int channels = _map.Channels, length = (right - left) * channels;
        for (var row = top; row < bottom; row++)
        {
            var place = (((long)row * _map.Width) + left) * channels;
            T* source = origin + ((((long)row * block.Width) + left) * channels),
                slope = block.Slope is null ? null : block.Slope + place,
                target = few + place;
            var index = 0;
            if (slope is null)
            {
                for (; index <= length - Vector<T>.Count; index += Vector<T>.Count)
                    Vector.Store(Vector.Load(target + index) + Vector.Abs(Vector.Load(source + index)), target + index);
                for (; index < length; index++)
                    target[index] += T.Abs(source[index]);
            }
            else
            {
                for (; index <= length - Vector<T>.Count; index += Vector<T>.Count)
                    Vector.Store(
                        Vector.Load(target + index) + Vector.Abs(Vector.Load(source + index) * Vector.Load(slope + index)),
                        target + index);
                for (; index < length; index++)
                    target[index] += T.Abs(source[index] * slope[index]);
            }
        }

        if (_pending >= 256)
            Flush();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Flush()
    {
        if (_pending == 0)
            return;
        var few = _few.As<T>();
        var sum = _sum.Doubles;
        long from = (long)_top * _map.Width * _map.Channels, to = (long)_bottom * _map.Width * _map.Channels;
        for (var index = from; index < to; index++)
        {
            sum[index] += typeof(T) == typeof(float) ? ((float*)few)[index] : ((double*)few)[index];
            few[index] = T.Zero;
        }

        (_mostPending, _pending, _top, _bottom) = (Math.Max(_mostPending, _pending), 0, int.MaxValue, 0);
        _flushes++;
    }
}
