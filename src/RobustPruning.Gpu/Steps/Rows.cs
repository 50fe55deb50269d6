using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// Bounds of sparse linear rows over a value: shared symbols cancel as in a layer behind it, but only the numbers that a row reads are
/// touched.
/// </summary>
internal sealed class Rows(DeviceSession session)
{
    private const double Epsilon = 1.0 / (1L << 52);
    private const double Least = 1e-307;

    /// <summary>Lower and upper bounds of each row.</summary>
    /// <param name="value">The value.</param>
    /// <param name="rows">For each row the numbers that it reads, in the network's order, each once, and their weights.</param>
    public (double[] Lower, double[] Upper) Bounds(DeviceValue value, IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> rows)
    {
        double[] lower = new double[rows.Count], upper = new double[rows.Count];
        if (rows.Count == 0)
            return (lower, upper);
        var size = value.Map.Size;
        (int Place, double Weight)[][] entries =
            [.. rows.Select(row => row.Select(entry => (value.Map.Place(entry.Value), (double)entry.Weight)).ToArray())];
        double[] radii = SymbolRadii(value, entries);
        double[] maps = session.Download(value.Maps.View), symbols = session.Download(value.Radius.View);
        var error = session.Download(value.Error.View)[0];
        for (var row = 0; row < rows.Count; row++)
        {
            double centre = 0, radius = 0, magnitude = 0, squares = 0;
            for (var map = 0; map < value.Rows; map++)
            {
                double sum = 0, absolute = 0;
                foreach (var (place, weight) in entries[row])
                {
                    sum += weight * maps[((long)map * size) + place];
                    absolute += Math.Abs(weight * maps[((long)map * size) + place]);
                }

                magnitude += absolute;
                if (map == 0)
                    centre = sum;
                else
                    radius += Math.Abs(sum);
            }

            foreach (var (place, weight) in entries[row])
            {
                magnitude += Math.Abs(weight) * symbols[place];
                squares += weight * weight;
            }

            // Sums over entries, generators and symbols, one behind the other: none is off by more than this share of its absolute terms.
            var own = 2 * Rounding.Gamma((2.0 * entries[row].Length) + value.Rows + value.SymbolCount + 16, Epsilon);
            radius += radii[row] + (EuclideanNorm.Upper(squares, entries[row].Length) * error) + (magnitude * own)
                + (Least * (2 + value.SymbolCount));
            radius += (Math.Abs(centre) + radius) * Rounding.Arithmetic;
            (lower[row], upper[row]) = (centre - radius, centre + radius);
        }

        return (lower, upper);
    }

    /// <summary>Σ_m |row · E_m| of each row.</summary>
    private double[] SymbolRadii(DeviceValue value, (int Place, double Weight)[][] entries)
    {
        var starts = new int[entries.Length + 1];
        for (var row = 0; row < entries.Length; row++)
            starts[row + 1] = starts[row] + entries[row].Length;
        var begins = session.Upload<int>(starts);
        var places = session.Upload<int>([.. entries.SelectMany(row => row.Select(entry => entry.Place))]);
        var weights = session.Upload<double>([.. entries.SelectMany(row => row.Select(entry => entry.Weight))]);
        var radii = session.RentFilled(entries.Length, 0);
        foreach (var block in value.Symbols)
        {
            var chunks = (block.Count + ReductionKernels.Chunk - 1) / ReductionKernels.Chunk;
            var partial = session.Rent<double>((long)chunks * entries.Length);
            session.Launch(ReductionKernels.PartialRows, partial.Count, block.View, begins.View, places.View, weights.View, partial.View);
            session.Launch(ReductionKernels.AddRadius, entries.Length, partial.View, radii.View, chunks);
            partial.Release();
        }

        var found = session.Download(radii.View);
        begins.Release();
        places.Release();
        weights.Release();
        radii.Release();
        return found;
    }
}
