using System.Globalization;
using RobustPruning.Certification;
using RobustPruning.Perturbations;

namespace KeypointRobustness.Runs;

/// <summary>
/// Counts in which part of the parameter box claims are proved. With one or two parameters the parts are the cells of a grid; with more,
/// the slices of each parameter while all others may take any value.
/// </summary>
internal sealed class ParameterRegions
{
    private const int Cells = 8;

    private readonly List<(int Side, ParameterBox Box)> _regions;
    private readonly long[] _claims;
    private readonly long[] _proved;

    /// <summary>Divides the box of a set.</summary>
    public ParameterRegions(SemanticSet set)
    {
        _regions = set.Dimension <= 2 ? [.. set.Box.Grid(Cells).Select(cell => (0, cell))]
            : [.. Enumerable.Range(0, set.Dimension).SelectMany(side => Slices(set.Box, side).Select(slice => (side, slice)))];
        (_claims, _proved) = (new long[_regions.Count], new long[_regions.Count]);
    }

    /// <summary>The regions, each with the claims about all certificates and how many of them are proved on all of it.</summary>
    public IEnumerable<(ParameterBox Box, long Claims, long Proved)> All =>
        _regions.Select((region, index) => (region.Box, _claims[index], _proved[index]));

    /// <summary>Counts a certificate of the same set.</summary>
    public void Add(Certificate certificate)
    {
        int[] stated = [.. certificate.Claims.Where(claim => claim.Verdict != Verdict.Unlabelled).Select(claim => claim.Index)];
        bool[][] proved = [.. certificate.Leaves.Select(leaf => stated.Select(claim => certificate.IsProved(leaf, claim)).ToArray())];
        for (var region = 0; region < _regions.Count; region++)
        {
            bool[][] inside = [.. proved.Where((_, leaf) => Overlap(certificate.Leaves[leaf].Box, _regions[region].Box))];

            // A region that no leaf meets is not admissible.
            if (inside.Length == 0)
                continue;
            _claims[region] += stated.Length;
            _proved[region] += Enumerable.Range(0, stated.Length).Count(claim => inside.All(leaf => leaf[claim]));
        }
    }

    /// <summary>A table of shares in percent; two parameters make its rows and columns.</summary>
    /// <param name="set">The set.</param>
    public (IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows) Table(SemanticSet set)
    {
        var cells = All.Select(region =>
                (
                    region.Box,
                    Share: region.Claims == 0 ? "–"
                        : (100.0 * region.Proved / region.Claims).ToString("0.0", CultureInfo.InvariantCulture)))
            .ToList();
        List<string> names = [.. set.Parameters.Select(parameter => parameter.Name)];
        if (set.Dimension == 2)
        {
            var columns = cells.Select(cell => Range(cell.Box, 1)).Distinct().ToList();
            return (
                [$"{names[0]} \\ {names[1]}", .. columns],
                [
                    .. cells
                        .GroupBy(cell => Range(cell.Box, 0))
                        .Select(row => (IReadOnlyList<string>)[row.Key, .. row.Select(cell => cell.Share)]),
                ]);
        }

        return (["parameter", "range", "proved %"], [.. cells.Select((cell, index) =>
            (IReadOnlyList<string>)[names[_regions[index].Side], Range(cell.Box, _regions[index].Side), cell.Share])]);
    }

    private static string Range(ParameterBox box, int side) =>
        string.Create(CultureInfo.InvariantCulture, $"{box.Lower[side]:0.####} to {box.Upper[side]:0.####}");

    private static IEnumerable<ParameterBox> Slices(ParameterBox box, int side)
    {
        var part = new ParameterBox([box.Lower[side]], [box.Upper[side]]);
        foreach (var slice in part.Grid(Cells))
        {
            double[] lower = [.. box.Lower], upper = [.. box.Upper];
            (lower[side], upper[side]) = (slice.Lower[0], slice.Upper[0]);
            yield return new ParameterBox(lower, upper);
        }
    }

    /// <summary>Whether boxes share more than a face.</summary>
    private static bool Overlap(ParameterBox one, ParameterBox other)
    {
        for (var side = 0; side < one.Dimension; side++)
        {
            double low = Math.Max(one.Lower[side], other.Lower[side]), high = Math.Min(one.Upper[side], other.Upper[side]);
            if (low > high || (low == high && one.Lower[side] < one.Upper[side] && other.Lower[side] < other.Upper[side]))
                return false;
        }

        return true;
    }
}
