using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The checker's own reading of heatmaps over one leaf: differences of cells and slopes are taken of the zonotope of all maps itself.
/// </summary>
/// <param name="property">The property.</param>
/// <param name="reference">What distances are measured from.</param>
/// <param name="anchors">
/// The cell of each map that others are compared with; any will do for a proof. Null, or cells that are none, for the checker's own.
/// </param>
internal sealed class ProofDecoder(DecodedProperty property, IReadOnlyList<double> reference, IReadOnlyList<int>? anchors)
{
    private readonly HeatmapDecoder _decoder = property.Decoder;

    /// <summary>The bounds of the property's values.</summary>
    /// <param name="output">The zonotope of all outputs, <c>[1, F]</c>.</param>
    public OutputBounds Bound(ProofZonotope output)
    {
        using var scope = NewDisposeScope();
        var (low, high) = output.Limits();
        var (lower, upper) = (low.flatten(), high.flatten());
        var sets = Enumerable
            .Range(0, _decoder.Keypoints)
            .Select(keypoint =>
                _decoder.Decoding == HeatmapDecoding.SoftArgMax
                    ? Soft(output, lower, upper, keypoint)
                    : Cells(output, lower, upper, keypoint))
            .ToList();
        var (least, greatest) = property.Reach(sets, reference);
        return new OutputBounds(least, greatest, 0);
    }

    /// <summary>The cells that the anchor is not surely above.</summary>
    private PositionSet Cells(ProofZonotope output, Tensor lower, Tensor upper, int keypoint)
    {
        using var scope = NewDisposeScope();
        var first = _decoder.Value(keypoint, 0);
        Tensor least = lower.narrow(0, first, _decoder.Cells), most = upper.narrow(0, first, _decoder.Cells);
        var anchor = anchors is { } given && keypoint < given.Count && given[keypoint] >= 0 && given[keypoint] < _decoder.Cells
            ? given[keypoint] : (int)least.Plus(most).argmax().item<long>();

        // A bound that is no number excludes nothing.
        long[] open = most.lt(least[anchor]).logical_not().nonzero().flatten().data<long>().ToArray();
        var rivals = open.Where(cell => cell != anchor).ToArray();
        if (rivals.Length > 0)
        {
            var rows = zeros([rivals.Length, _decoder.Outputs], dtype: float64);
            for (var row = 0; row < rivals.Length; row++)
            {
                rows[row, first + anchor] = 1;
                rows[row, first + rivals[row]] = -1;
            }

            var (difference, _) = output.LimitsOf(rows);
            rivals = [.. rivals.Where((_, row) => !(difference[row] > 0))];
        }

        double[] leastValues = _decoder.HasOffsets ? lower.data<double>().ToArray() : [],
            mostValues = _decoder.HasOffsets ? upper.data<double>().ToArray() : [];
        return new PositionSet([.. rivals.Prepend(anchor).Select(cell => Range(keypoint, (int)cell, leastValues, mostValues))]);
    }

    private PositionRange Range(int keypoint, int cell, double[] lower, double[] upper)
    {
        var (x, y) = _decoder.Place(cell);
        if (!_decoder.HasOffsets)
            return new PositionRange(x, x, y, y);
        var (dx, dy) = _decoder.OffsetValues(keypoint, cell);
        double[] columns = [Ends(x, dx).Min(), Ends(x, dx).Max(), Ends(y, dy).Min(), Ends(y, dy).Max()];
        return new PositionRange(Outwards(columns[0], -1), Outwards(columns[1], 1), Outwards(columns[2], -1), Outwards(columns[3], 1));

        double[] Ends(double place, int value) =>
            [place + (_decoder.OffsetScale * lower[value]), place + (_decoder.OffsetScale * upper[value])];

        // The rounding of a product may be greater than that of the sum.
        double Outwards(double value, int side) => value + (side * ProofRounding.Gamma(8) * (Math.Abs(value) + Math.Abs(x) + Math.Abs(y)));
    }

    /// <summary>
    /// A weighted mean p of places: for each t, p ≤ t if Σ (x − t) w ≤ 0 for all weights, which is greatest with the greatest weights right
    /// of t and the least left of it; t is found by bisection. And p(H) = p(c) + g·(H − c) + r, where the slope differs from g by at most
    /// what weights and mean do.
    /// </summary>
    private PositionSet Soft(ProofZonotope output, Tensor lower, Tensor upper, int keypoint)
    {
        using var scope = NewDisposeScope();
        var first = _decoder.Value(keypoint, 0);
        Tensor least = lower.narrow(0, first, _decoder.Cells), most = upper.narrow(0, first, _decoder.Cells);
        var centre = least.Plus(most) / Scalars.Of(2);
        var radius = ((most - centre).maximum(centre - least) * Scalars.Of(1 + ProofRounding.Gamma(4))).Plus(Scalars.Of(1e-300));
        var size = centre.abs().max().Plus(radius.max()).item<double>() * _decoder.Beta;
        var error = ProofRounding.Gamma(_decoder.Cells + 64) * 4 * (1 + size);
        Tensor xs = Coordinates(cell => _decoder.Place(cell).X), ys = Coordinates(cell => _decoder.Place(cell).Y);
        var whole = new PositionRange(xs.min().item<double>(), xs.max().item<double>(), ys.min().item<double>(), ys.max().item<double>());
        if (!(error < 1e-3))
            return new PositionSet([whole]);
        var top = centre.max();
        Tensor low = ((centre - radius - top) * Scalars.Of(_decoder.Beta)).exp() * Scalars.Of(1 - error),
            high = (((centre.Plus(radius) - top) * Scalars.Of(_decoder.Beta)).exp() * Scalars.Of(1 + error)).Plus(Scalars.Of(1e-300));
        var middle = ((centre - top) * Scalars.Of(_decoder.Beta)).exp();
        var (x, y) = (Mean(xs), Mean(ys));
        return new PositionSet([new PositionRange(x.Lower, x.Upper, y.Lower, y.Upper)]);

        Tensor Coordinates(Func<int, double> coordinate) => tensor(Enumerable.Range(0, _decoder.Cells).Select(coordinate).ToArray());

        (double Lower, double Upper) Mean(Tensor places)
        {
            var (from, to) = (-Greatest(-places), Greatest(places));
            var slope = Slope(places, out var mean);
            var row = zeros([1, _decoder.Outputs], dtype: float64);
            row.narrow(1, first, _decoder.Cells).copy_(slope.unsqueeze(0));
            var (below, above) = output.LimitsOf(row);

            // Shares of all weights, each at its least and at its greatest.
            var leastShare =
                low / low.Plus((high.sum() - high).clamp_min(Scalars.Of(0))).Plus(Scalars.Of(error) * high.sum()) * Scalars.Of(1 - error);
            var mostShare = (
                high / high.Plus(((low.sum() * Scalars.Of(1 - error)) - low).clamp_min(Scalars.Of(0))) * Scalars.Of(1 + error)).clamp_max(
                    Scalars.Of(1));
            Tensor left = places - Scalars.Of(to), right = places - Scalars.Of(from);
            var lowest = (left * leastShare).minimum(left * mostShare) * Scalars.Of(_decoder.Beta);
            var highest = (right * leastShare).maximum(right * mostShare) * Scalars.Of(_decoder.Beta);
            var rest = ((highest - slope).maximum(slope - lowest).clamp_min(Scalars.Of(0)) * radius).sum().item<double>();
            var offset = mean - (slope * centre).sum().item<double>();
            var margin = error * (Math.Abs(mean) + (slope.abs() * centre.abs().Plus(radius)).sum().item<double>()
                + (lowest.abs().Plus(highest.abs()) * radius).sum().item<double>());
            return (Math.Max(from, offset + below[0] - rest - margin), Math.Min(to, offset + above[0] + rest + margin));
        }

        Tensor Slope(Tensor places, out double mean)
        {
            var shares = middle / middle.sum();
            mean = (shares * places).sum().item<double>();
            return shares * (places - Scalars.Of(mean)) * Scalars.Of(_decoder.Beta);
        }

        // The least t, up to rounding, that no mean is above.
        double Greatest(Tensor places)
        {
            var (refuted, holds) = (places.min().item<double>(), places.max().item<double>());
            for (var halving = 0; halving < 60; halving++)
            {
                var t = (refuted + holds) / 2;
                using var inner = NewDisposeScope();
                var moved = places - Scalars.Of(t);
                var terms = where(moved.gt(Scalars.Of(0)), moved * high, moved * low);
                var positive =
                    terms
                        .sum()
                        .Plus(terms.abs().sum().Plus(high.sum() * Scalars.Of(Math.Abs(t)) * Scalars.Of(1e-15)) * Scalars.Of(error))
                        .item<double>() > 0;
                (refuted, holds) = positive ? (t, holds) : (refuted, t);
            }

            return holds;
        }
    }
}
