using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Values where branches of a graph meet. The branches share the semantic parameters and every symbol born before they parted, so their
/// generators are added and what the branches have in common cancels; box error terms, of which nothing is known, add up.
/// </summary>
internal sealed unsafe class Joining<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    /// <summary>The sum of two values of one size.</summary>
    public Enclosure<T> Sum(Enclosure<T> first, Enclosure<T> second)
    {
        var (map, size) = (first.Map, first.Map.Size);
        BufferPool.Buffer centre = pool.Rent<double>(size), generators = pool.Rent<double>((long)size * first.GeneratorCount);
        var symbols = first.Radius is not null || second.Radius is not null;
        var remainder =
            first.Remainder is not null || second.Remainder is not null || (symbols && !Enclosure<T>.IsWide)
                ? pool.Rent<double>(size)
                : null;
        var squares = 0.0;
        for (var index = 0; index < size; index++)
        {
            centre.Doubles[index] = first.Centre[index] + second.Centre[index];
            for (var k = (long)index; k < (long)size * first.GeneratorCount; k += size)
                generators.Doubles[k] = first.Generators[k] + second.Generators[k];
            var own =
                (Math.Abs(first.Centre[index]) + first.Spread(index) + Math.Abs(second.Centre[index]) + second.Spread(index))
                * Rounding.OneStep;
            var lost = Lost(first, index) + Lost(second, index);
            if (Enclosure<T>.IsWide)
                (own, lost) = (own + lost, 0);
            if (remainder is not null)
                remainder.Doubles[index] =
                    (
                        (first.Remainder is null ? 0 : first.Remainder[index])
                        + (second.Remainder is null ? 0 : second.Remainder[index])
                        + lost) * (1 + (2 * Rounding.Arithmetic));
            squares += own * own;
        }

        var blocks = Add(first.Symbols, second.Symbols);
        return new Enclosure<T>(map, centre, generators, first.GeneratorCount)
        {
            RemainderBuffer = remainder,
            RadiusBuffer = RadiusOf(map, blocks),
            Symbols = blocks,
            Error = (first.Error + second.Error + EuclideanNorm.Upper(squares, size)) * (1 + Rounding.Arithmetic),
        };

        static double Lost(Enclosure<T> term, int index) =>
            term.Radius is null ? 0 : (term.Radius[index] * Enclosure<T>.Epsilon) + term.Underflow;
    }

    /// <summary>Values of one height and width one behind the other along the channels. Nothing is rounded: each number is moved.</summary>
    public Enclosure<T> Concatenate(MapShape map, IReadOnlyList<Enclosure<T>> parts)
    {
        var count = parts[0].GeneratorCount;
        BufferPool.Buffer centre = pool.Rent<double>(map.Size), generators = pool.Rent<double>((long)map.Size * count);
        var remainder = parts.Any(part => part.RemainderBuffer is not null) ? pool.Rent<double>(map.Size) : null;
        IReadOnlyList<SymbolBlock<T>> blocks = [];
        double squares = 0;
        var channel = 0;
        foreach (var part in parts)
        {
            Place(part.Centre, part.Map, centre.Doubles, channel, map);
            for (var k = 0; k < count; k++)
                Place(part.Generators + ((long)k * part.Map.Size), part.Map, generators.Doubles + ((long)k * map.Size), channel, map);
            if (remainder is not null)
                Place(part.Remainder, part.Map, remainder.Doubles, channel, map);
            SymbolBlock<T>[] placed = [.. part.Symbols.Select(block => SymbolMoves<T>.Place(pool, block, channel, map))];
            var joined = Add(blocks, placed);
            foreach (var block in blocks.Concat(placed))
                block.Release();
            blocks = joined;
            squares += part.Error * part.Error;
            channel += part.Map.Channels;
        }

        return new Enclosure<T>(map, centre, generators, count)
        {
            RemainderBuffer = remainder,
            RadiusBuffer = RadiusOf(map, blocks),
            Symbols = blocks,

            // Errors in different places: their squares add up, whatever they have in common.
            Error = EuclideanNorm.Upper(squares, parts.Count) * (1 + Rounding.Arithmetic),
        };
    }

    private static void Place(double* source, MapShape from, double* target, int channel, MapShape map)
    {
        for (var place = 0; place < map.Area; place++)
        {
            for (var index = 0; index < from.Channels; index++)
                target[((long)place * map.Channels) + channel + index] = source is null ? 0 : source[((long)place * from.Channels) + index];
        }
    }

    private BufferPool.Buffer? RadiusOf(MapShape map, IReadOnlyList<SymbolBlock<T>> blocks)
    {
        if (blocks.Count == 0)
            return null;
        var radius = new SymbolRadius<T>(pool, map);
        foreach (var block in blocks)
            radius.Add(block, 0, block.Count);
        return radius.Finish();
    }

    /// <summary>All symbols of two values; those that both hold are added.</summary>
    private List<SymbolBlock<T>> Add(IReadOnlyList<SymbolBlock<T>> first, IReadOnlyList<SymbolBlock<T>> second)
    {
        var result = new List<SymbolBlock<T>>();
        foreach (var block in first)
            result.Add(
                second.FirstOrDefault(other => other.Birth == block.Birth) is { } same
                    ? SymbolMoves<T>.Add(pool, block, same)
                    : block.Share());
        result.AddRange(second.Where(block => first.All(other => other.Birth != block.Birth)).Select(block => block.Share()));
        return result;
    }
}
