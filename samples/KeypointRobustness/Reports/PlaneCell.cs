using RobustPruning.Certification;

namespace KeypointRobustness.Reports;

/// <summary>A rectangle of the parameter plane and what is known there.</summary>
/// <param name="Left">The first parameter's least value.</param>
/// <param name="Right">The first parameter's greatest value.</param>
/// <param name="Lower">The second parameter's least value.</param>
/// <param name="Upper">The second parameter's greatest value.</param>
/// <param name="State">Certified; falsified: a counterexample lies in it; unknown: still open.</param>
internal sealed record PlaneCell(double Left, double Right, double Lower, double Upper, Verdict State)
{
    private double Area => (Right - Left) * (Upper - Lower);

    /// <summary>Joins neighbours of the same state that make a rectangle together, until none are left.</summary>
    public static IReadOnlyList<PlaneCell> Merge(IReadOnlyList<PlaneCell> cells)
    {
        for (var count = int.MaxValue; cells.Count < count;)
        {
            count = cells.Count;
            cells = [.. cells.GroupBy(cell => (cell.State, cell.Lower, cell.Upper))
                .SelectMany(row => Join(row.OrderBy(cell => cell.Left), (a, b) => a.Right == b.Left ? a with { Right = b.Right } : null))];
            cells =
            [
                .. cells
                    .GroupBy(cell => (cell.State, cell.Left, cell.Right))
                    .SelectMany(column =>
                        Join(column.OrderBy(cell => cell.Lower), (a, b) => a.Upper == b.Lower ? a with { Upper = b.Upper } : null)),
            ];
        }

        return cells;
    }

    /// <summary>The share of the cells' area that is in a state; of their number where they have no area.</summary>
    public static double Share(IReadOnlyList<PlaneCell> cells, Verdict state)
    {
        var area = cells.Sum(cell => cell.Area);
        return area > 0
            ? cells.Where(cell => cell.State == state).Sum(cell => cell.Area) / area
            : cells.Count(cell => cell.State == state) / (double)cells.Count;
    }

    private static IEnumerable<PlaneCell> Join(IEnumerable<PlaneCell> line, Func<PlaneCell, PlaneCell, PlaneCell?> join)
    {
        PlaneCell? open = null;
        foreach (var cell in line)
        {
            var joined = open is null ? null : join(open, cell);
            if (open is not null && joined is null)
                yield return open;
            open = joined ?? cell;
        }

        if (open is not null)
            yield return open;
    }
}
