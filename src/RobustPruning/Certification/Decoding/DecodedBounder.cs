using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>Bounds of some outputs over boxes, one row a box.</summary>
internal sealed record RowBounds(double[][] Lower, double[][] Upper);

/// <summary>
/// Bounds decoded keypoints over boxes in two passes: all maps first, then, as one more layer, the linear rows on which the keypoints depend: by how much
/// the greatest cell in the middle of the bounds is above each other that could be greatest, or the slope of a soft arg max.
/// </summary>
/// <param name="property">The property.</param>
/// <param name="maps">A frozen network whose output is all maps, as one vector.</param>
/// <param name="reference">What distances are measured from.</param>
internal sealed class DecodedBounder(DecodedProperty property, Graph maps, IReadOnlyList<double> reference)
{
    // Of the layer behind the maps.
    private const long MostWeights = 1 << 25;

    private readonly HeatmapDecoder _decoder = property.Decoder;

    /// <summary>A leaf for each box; null if <paramref name="propagate"/> was stopped.</summary>
    public IReadOnlyList<Leaf>? Bound(IReadOnlyList<ParameterBox> boxes, Func<Graph, RowBounds?> propagate)
    {
        if (propagate(maps) is not { } bounds)
            return null;
        var (lower, upper) = (bounds.Lower, bounds.Upper);
        var mostRows = (int)Math.Clamp(MostWeights / (_decoder.Outputs * (long)_decoder.Keypoints * boxes.Count), 2, 64);
        var isSoft = _decoder.Decoding == HeatmapDecoding.SoftArgMax;
        var keypoints = boxes.Select((_, box) => Enumerable.Range(0, _decoder.Keypoints).Select(keypoint => isSoft
            ? (IMapRange)new SoftRange(_decoder, keypoint, lower[box], upper[box])
            : new CellRange(_decoder, keypoint, lower[box], upper[box], mostRows)).ToArray()).ToArray();
        var rows = keypoints.SelectMany(box => box).SelectMany(range => range.Rows).ToList();
        if (rows.Count > 0)
        {
            if (Behind(rows, propagate) is not { } second)
                return null;
            var first = 0;
            foreach (var (box, range) in keypoints.SelectMany((ranges, box) => ranges.Select(range => (box, range))))
            {
                range.Take(second.Lower[box].AsSpan(first, range.Rows.Count), second.Upper[box].AsSpan(first, range.Rows.Count));
                first += range.Rows.Count;
            }
        }

        return [.. boxes.Select((box, index) =>
        {
            var (low, high) = property.Reach([.. keypoints[index].Select(range => range.Positions())], reference);
            return new Leaf(box, low, high) { Anchors = [.. keypoints[index].Select(range => range.Anchor)] };
        })];
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
