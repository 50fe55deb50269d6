using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>Bounds of some outputs over boxes, one row a box.</summary>
internal sealed record RowBounds(double[][] Lower, double[][] Upper)
{
    /// <summary>For each box the bounds of the linear rows that were asked for; null where the propagator knows none.</summary>
    public (double[] Lower, double[] Upper)[]? Rows { get; init; }
}

/// <summary>
/// Bounds decoded keypoints over boxes: all maps first, then the linear rows on which the keypoints depend: by how much the greatest cell
/// in the middle of the bounds is above each other that could be greatest, or the slope of a soft arg max. The engine takes rows of what it
/// found; other propagators bound them in a second pass, as one more layer.
/// </summary>
/// <param name="property">The property.</param>
/// <param name="maps">A frozen network whose output is all maps, as one vector.</param>
/// <param name="reference">What distances are measured from.</param>
internal sealed class DecodedBounder(DecodedProperty property, Graph maps, IReadOnlyList<double> reference)
{
    // Where most of a map is open, a smaller box says more than rows.
    private const int MostRows = 64;

    // Of a layer behind the maps.
    private const long MostWeights = 1 << 25;

    private readonly HeatmapDecoder _decoder = property.Decoder;

    /// <summary>A leaf for each box; null if <paramref name="propagate"/> was stopped.</summary>
    public IReadOnlyList<Leaf>? Bound(IReadOnlyList<ParameterBox> boxes, Func<Graph, OutputRows?, RowBounds?> propagate)
    {
        var keypoints = new IMapRange[boxes.Count][];
        if (propagate(maps, (box, lower, upper) => RowsOf(keypoints[box] = Ranges(lower, upper, MostRows))) is not { } bounds)
            return null;
        if (bounds.Rows is { } found)
        {
            for (var box = 0; box < boxes.Count; box++)
                Take(keypoints[box], 0, found[box].Lower, found[box].Upper);
        }
        else
        {
            var mostRows = (int)Math.Clamp(MostWeights / (_decoder.Outputs * (long)_decoder.Keypoints * boxes.Count), 2, MostRows);
            for (var box = 0; box < boxes.Count; box++)
                keypoints[box] = Ranges(bounds.Lower[box], bounds.Upper[box], mostRows);
            var rows = RowsOf(keypoints.SelectMany(box => box));
            if (rows.Count > 0)
            {
                if (Behind(rows, graph => propagate(graph, null)) is not { } second)
                    return null;
                var first = 0;
                for (var box = 0; box < boxes.Count; box++)
                    first = Take(keypoints[box], first, second.Lower[box], second.Upper[box]);
            }
        }

        return [.. boxes.Select((box, index) =>
        {
            var (low, high) = property.Reach([.. keypoints[index].Select(range => range.Positions())], reference);
            return new Leaf(box, low, high) { Anchors = [.. keypoints[index].Select(range => range.Anchor)] };
        })];
    }

    private IMapRange[] Ranges(double[] lower, double[] upper, int mostRows) =>
        [
            .. Enumerable
                .Range(0, _decoder.Keypoints)
                .Select(keypoint =>
                    _decoder.Decoding == HeatmapDecoding.SoftArgMax
                        ? (IMapRange)new SoftRange(_decoder, keypoint, lower, upper)
                        : new CellRange(_decoder, keypoint, lower, upper, mostRows)),
        ];

    private static IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> RowsOf(IEnumerable<IMapRange> ranges) =>
        [.. ranges.SelectMany(range => range.Rows)];

    /// <summary>Hands each keypoint the bounds of its rows, which begin at the first; returns where the next begin.</summary>
    private static int Take(IMapRange[] ranges, int first, double[] lower, double[] upper)
    {
        foreach (var range in ranges)
        {
            range.Take(lower.AsSpan(first, range.Rows.Count), upper.AsSpan(first, range.Rows.Count));
            first += range.Rows.Count;
        }

        return first;
    }

    /// <summary>The bounds of linear rows over all maps.</summary>
    private RowBounds? Behind(IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> rows, Func<Graph, RowBounds?> propagate)
    {
        using var scope = NewDisposeScope();
        var weights = new float[rows.Count * (long)_decoder.Outputs];
        foreach (var (index, row) in rows.Index())
        {
            foreach (var (value, weight) in row)
                weights[(index * (long)_decoder.Outputs) + value] += weight;
        }

        using var layer = nn.Linear(_decoder.Outputs, rows.Count, hasBias: false);
        layer.weight.requires_grad = false;
        using (no_grad())
            layer.weight.copy_(tensor(weights, [rows.Count, _decoder.Outputs]));
        var node = LinearDescription.Of(maps.FreeName("rows"), maps.Output.Name, layer).CreateNode([maps.Output], layer);
        node.IsFrozen = true;
        try
        {
            return propagate(new Graph([.. maps.Nodes, node], node));
        }
        finally
        {
            node.ReleaseCache();
        }
    }
}

/// <summary>Where one keypoint may be on one box.</summary>
internal interface IMapRange
{
    /// <summary>The cell that is greatest in the middle of the bounds.</summary>
    int Anchor { get; }

    /// <summary>The linear rows over all outputs whose bounds would tell more.</summary>
    IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> Rows { get; }

    /// <summary>Takes in the bounds of the rows.</summary>
    void Take(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper);

    /// <summary>Where the keypoint may be.</summary>
    PositionSet Positions();
}
