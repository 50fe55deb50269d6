using System.Numerics;
using System.Runtime.CompilerServices;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Bounds of sparse linear rows over a value, taken of its enclosure: shared symbols cancel as in a layer behind it, but only the numbers
/// that a row reads are touched.
/// </summary>
internal static unsafe class RowProducts<T>
    where T : unmanaged, INumber<T>
{
    private const int SymbolsAtOnce = 1024;

    private static readonly double OwnEpsilon = 1.0 / (1L << 52);

    /// <summary>Lower and upper bounds of each row; null if told to stop.</summary>
    /// <param name="value">The value.</param>
    /// <param name="rows">For each row the numbers that it reads, in the network's order, and their weights.</param>
    /// <param name="stop">Asked now and then.</param>
    public static (double[] Lower, double[] Upper)? Bounds(
        Enclosure<T> value,
        IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> rows,
        Func<bool> stop)
    {
        var map = value.Map;
        (int Place, double Weight)[][] entries =
        [
            .. rows.Select(row => row.Select(entry => (map.Place(entry.Value), (double)entry.Weight)).ToArray()),
        ];
        double[] lower = new double[rows.Count], upper = new double[rows.Count];
        if (SymbolRadii(value, entries, stop) is not { } radii)
            return null;
        for (var row = 0; row < rows.Count; row++)
        {
            double centre = 0, radius = 0, loose = 0, magnitude = 0, squares = 0;
            foreach (var (place, weight) in entries[row])
            {
                var size = Math.Abs(weight);
                double remainder = value.Remainder is null ? 0 : value.Remainder[place],
                    symbols = value.Radius is null ? 0 : value.Radius[place];
                centre += weight * value.Centre[place];
                loose += size * remainder;
                magnitude += size * (Math.Abs(value.Centre[place]) + value.Spread(place) + remainder + symbols);
                squares += weight * weight;
            }

            for (var k = 0; k < value.GeneratorCount; k++)
            {
                var sum = 0.0;
                foreach (var (place, weight) in entries[row])
                    sum += weight * value.Generators[((long)k * map.Size) + place];
                radius += Math.Abs(sum);
            }

            // Sums over entries, generators and symbols, one behind the other: none is off by more than this share of its absolute terms.
            var own = 2 * Rounding.Gamma((2.0 * entries[row].Length) + value.GeneratorCount + value.SymbolCount + 16, OwnEpsilon);
            radius +=
                radii[row]
                + loose
                + (EuclideanNorm.Upper(squares, entries[row].Length) * value.Error)
                + (magnitude * own)
                + Enclosure<double>.Least;
            radius += (Math.Abs(centre) + radius) * Rounding.Arithmetic;
            (lower[row], upper[row]) = (centre - radius, centre + radius);
        }

        return (lower, upper);
    }

    /// <summary>Σ_m |row · E_m| of each row; null if told to stop.</summary>
    private static double[]? SymbolRadii(Enclosure<T> value, (int Place, double Weight)[][] entries, Func<bool> stop)
    {
        var radii = new double[entries.Length];
        var readers = new Dictionary<int, List<(int Row, double Weight)>>();
        foreach (var (row, read) in entries.Index())
        {
            foreach (var (place, weight) in read)
            {
                if (!readers.TryGetValue(place, out var list))
                    readers.Add(place, list = []);
                list.Add((row, weight));
            }
        }

        var flat = Flat(entries, value.Map);
        foreach (var block in value.Symbols)
        {
            if (block.IsSingle)
                AddSingles(block, readers, radii);
            else if (!AddWindows(block, flat, radii, stop))
                return null;
        }

        return radii;
    }

    private static void AddSingles(SymbolBlock<T> block, Dictionary<int, List<(int Row, double Weight)>> readers, double[] radii)
    {
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            if (!readers.TryGetValue(block.Indices[symbol], out var list))
                continue;

            // A row reads a number once.
            foreach (var (row, weight) in list)
                radii[row] += Math.Abs(weight * double.CreateTruncating(block.Values[symbol]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AddWindows(SymbolBlock<T> block, FlatRows rows, double[] radii, Func<bool> stop)
    {
        int channels = block.Map.Channels, width = block.Width;
        for (var symbol = 0; symbol < block.Count; symbol++)
        {
            if (symbol % SymbolsAtOnce == 0 && stop())
                return false;
            var (top, bottom, left, right) = block.Inside(symbol);
            if (top >= bottom || left >= right)
                continue;
            var origin = block.Origin(symbol);
            for (var row = 0; row < radii.Length; row++)
            {
                var sum = 0.0;
                for (var index = rows.Starts[row]; index < rows.Starts[row + 1]; index++)
                {
                    ref readonly var entry = ref rows.Entries[index];
                    if (entry.Row < top || entry.Row >= bottom || entry.Column < left || entry.Column >= right)
                        continue;
                    var number = double.CreateTruncating(origin[((((long)entry.Row * width) + entry.Column) * channels) + entry.Channel]);
                    if (block.Slope is not null)
                        number *= double.CreateTruncating(block.Slope[entry.Place]);
                    sum += entry.Weight * number;
                }

                radii[row] += Math.Abs(sum);
            }
        }

        return true;
    }

    private static FlatRows Flat((int Place, double Weight)[][] entries, MapShape map)
    {
        var starts = new int[entries.Length + 1];
        for (var row = 0; row < entries.Length; row++)
            starts[row + 1] = starts[row] + entries[row].Length;
        return new(
            starts,
            [
                .. entries.SelectMany(row =>
                    row.Select(entry => new Entry(
                        entry.Place / (map.Width * map.Channels), entry.Place / map.Channels % map.Width, entry.Place % map.Channels,
                        entry.Place, entry.Weight))),
            ]);
    }

    private readonly record struct Entry(int Row, int Column, int Channel, int Place, double Weight);

    private sealed record FlatRows(int[] Starts, Entry[] Entries);
}
