using System.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>A ReLU. Windows are not touched: the slopes are multiplied in when they are read next.</summary>
internal sealed unsafe class ReluLayer<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    /// <summary>The value behind a ReLU, and how many neurons are unstable.</summary>
    public Enclosure<T> Apply(Enclosure<T> input, out long unstable)
    {
        var size = input.Map.Size;
        BufferPool.Buffer slope = pool.Rent<T>(size), sizes = pool.Rent<T>(size), centre = pool.Rent<double>(size);
        BufferPool.Buffer generators = pool.Rent<double>((long)size * input.GeneratorCount), radius = pool.Rent<double>(size);
        var remainder = input.Remainder is not null || (!Enclosure<T>.IsWide && input.Radius is not null) ? pool.Rent<double>(size) : null;
        (var error, unstable) = Kernel(input).Relax(size, input.Underflow, new ReluKernel<T>.Output
        {
            Slope = slope.As<T>(),
            Size = sizes.As<T>(),
            Centre = centre.Doubles,
            Generators = generators.Doubles,
            Remainder = remainder is null ? null : remainder.Doubles,
            SymbolRadius = radius.Doubles,
        });
        var symbols = Sloped(pool, input.Symbols, slope);
        if (NewSymbols.Of(pool, input.Map, sizes.As<T>()) is { } newborn)
            symbols.Add(newborn);
        slope.Release();
        sizes.Release();
        return new Enclosure<T>(input.Map, centre, generators, input.GeneratorCount)
        {
            RemainderBuffer = remainder,
            RadiusBuffer = radius,
            Symbols = symbols,
            Error = error,
        };
    }

    /// <summary>Symbols to be multiplied with slopes.</summary>
    public static List<SymbolBlock<T>> Sloped(BufferPool pool, IReadOnlyList<SymbolBlock<T>> blocks, BufferPool.Buffer slope)
    {
        var sloped = new List<SymbolBlock<T>>();
        foreach (var block in blocks)
        {
            if (!block.IsSingle && block.Slope is null)
            {
                sloped.Add(block.WithSlope(slope));
                continue;
            }

            // A slope that waits already is multiplied in first, as a number of its own.
            var settled = block.IsSingle ? block.Share() : SymbolMoves<T>.Settle(pool, block);
            sloped.Add(settled.IsSingle ? SymbolMoves<T>.Scale(pool, settled, slope.As<T>()) : settled.WithSlope(slope));
            settled.Release();
        }

        return sloped;
    }

    public static ReluKernel<T> Kernel(Enclosure<T> input) => new()
    {
        Centre = input.Centre,
        Generators = input.GeneratorCount == 0 ? null : input.Generators,
        GeneratorStep = input.Map.Size,
        GeneratorCount = input.GeneratorCount,
        Remainder = input.Remainder,
        Symbols = input.Radius,
        Error = input.Error,
    };

    /// <summary>New single symbols.</summary>
    internal static class NewSymbols
    {
        /// <summary>One at each number whose size is above zero; null if there are none.</summary>
        public static SymbolBlock<T>? Of(BufferPool pool, MapShape map, T* sizes)
        {
            var count = 0;
            for (var index = 0; index < map.Size; index++)
                count += sizes[index] != T.Zero ? 1 : 0;
            if (count == 0)
                return null;
            var block = SymbolBlock<T>.Singles(pool, new object(), count, map);
            for (int index = 0, symbol = 0; index < map.Size; index++)
            {
                if (sizes[index] != T.Zero)
                {
                    block.Values[symbol] = sizes[index];
                    block.Indices[symbol++] = index;
                }
            }

            return block;
        }
    }
}
