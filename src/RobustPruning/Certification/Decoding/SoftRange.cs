namespace RobustPruning.Certification;

/// <summary>
/// The range of a soft arg max on a box. With the cells independent of one another, the greatest mean has the greatest weights on one side
/// of some column and the least on the other: every column is tried. Closer on small boxes is the mean value theorem: the mean in the
/// middle c of the bounds, plus the slope there times H − c, which is a linear row over the map, plus what the slope may differ by times
/// the half widths.
/// </summary>
internal sealed class SoftRange : IMapRange
{
    // Below it, sums lose digits.
    private const double LeastSum = 1e-200;

    private readonly HeatmapDecoder _decoder;
    private readonly int _first;
    private readonly double[] _centre, _half, _least, _greatest;
    private readonly double _rounding;
    private readonly double[] _meanX, _meanY;
    private readonly (double Value, double Remainder)[] _expansions = new (double, double)[2];
    private PositionRange _range;

    public SoftRange(HeatmapDecoder decoder, int keypoint, double[] lower, double[] upper)
    {
        (_decoder, _first) = (decoder, decoder.Value(keypoint, 0));
        var cells = Enumerable.Range(_first, decoder.Cells).ToArray();
        _centre = [.. cells.Select(value => (lower[value] / 2) + (upper[value] / 2))];
        _half = [.. cells.Select((value, cell) => Math.BitIncrement(Math.Max(upper[value] - _centre[cell], _centre[cell] - lower[value])))];
        Anchor = Array.IndexOf(_centre, _centre.Max());

        // Weights in proportion to e^β(H − H*): with all of them from 0 to 1 or about, nothing overflows.
        var top = _centre[Math.Max(0, Anchor)];
        _least = [.. _centre.Select((centre, cell) => Math.Exp(decoder.Beta * (centre - _half[cell] - top)))];
        _greatest = [.. _centre.Select((centre, cell) => Math.Exp(decoder.Beta * (centre + _half[cell] - top)))];
        double[] middle = [.. _centre.Select(centre => Math.Exp(decoder.Beta * (centre - top)))];

        // Exponentials err by some 10⁻¹⁵ of themselves and of their argument, sums by one step a term.
        var argument = decoder.Beta * (_centre.Max(Math.Abs) + _half.Max() + Math.Abs(top));
        _rounding = (decoder.Cells + 64 + argument) * 1e-15;
        var isFinite = _rounding < 1e-3 && double.IsFinite(_greatest.Sum());
        (_meanX, _meanY) = (Coordinates(place => place.X), Coordinates(place => place.Y));

        // A mean lies among the cells, whatever their weights.
        var (lowX, highX) = isFinite ? Sweep(_meanX) : (_meanX.Min(), _meanX.Max());
        var (lowY, highY) = isFinite ? Sweep(_meanY) : (_meanY.Min(), _meanY.Max());
        _range = new PositionRange(lowX, highX, lowY, highY);
        Rows = isFinite ? [Slope(0, middle, _meanX, (lowX, highX)), Slope(1, middle, _meanY, (lowY, highY))] : [];
    }

    /// <inheritdoc/>
    public int Anchor { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> Rows { get; }

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        var (x, y) = (_expansions[0], _expansions[1]);
        _range = new PositionRange(
            Math.Max(_range.LowerX, x.Value + lower[0] - x.Remainder), Math.Min(_range.UpperX, x.Value + upper[0] + x.Remainder),
            Math.Max(_range.LowerY, y.Value + lower[1] - y.Remainder), Math.Min(_range.UpperY, y.Value + upper[1] + y.Remainder));
    }

    /// <inheritdoc/>
    public PositionSet Positions() => new([_range]);

    private double[] Coordinates(Func<(double X, double Y), double> coordinate) =>
        [.. Enumerable.Range(0, _decoder.Cells).Select(cell => coordinate(_decoder.Place(cell)))];

    /// <summary>The least and the greatest weighted mean of coordinates.</summary>
    private (double Lower, double Upper) Sweep(double[] places)
    {
        // Cells of one coordinate have their weights together.
        var columns = places
            .Index()
            .GroupBy(place => place.Item, place => place.Index)
            .OrderBy(column => column.Key)
            .Select(column => (Place: column.Key, Least: column.Sum(cell => _least[cell]), Greatest: column.Sum(cell => _greatest[cell])))
            .ToArray();
        var (lower, upper) = (columns[^1].Place, columns[0].Place);
        for (var split = 0; split <= columns.Length; split++)
        {
            var (up, down) = (Mean(columns, split, upwards: true), Mean(columns, split, upwards: false));
            (lower, upper) = (
                Math.Min(lower, double.IsNaN(down) ? columns[0].Place : down),
                Math.Max(upper, double.IsNaN(up) ? columns[^1].Place : up));
        }

        var slack = _rounding * (columns[^1].Place - columns[0].Place + Math.Abs(columns[0].Place) + Math.Abs(columns[^1].Place));
        return (Math.Max(columns[0].Place, lower - slack), Math.Min(columns[^1].Place, upper + slack));
    }

    /// <summary>The mean where columns before the split have one end of their weights, and the others the other.</summary>
    private static double Mean((double Place, double Least, double Greatest)[] columns, int split, bool upwards)
    {
        double sum = 0, moment = 0;
        for (var column = 0; column < columns.Length; column++)
        {
            var weight = column < split == upwards ? columns[column].Least : columns[column].Greatest;
            (sum, moment) = (sum + weight, moment + (weight * (columns[column].Place - columns[0].Place)));
        }

        return sum > LeastSum ? columns[0].Place + (moment / sum) : double.NaN;
    }

    /// <summary>The row of the slope in the middle, in 32-bit numbers, and what belongs to it.</summary>
    private (int, float)[] Slope(int axis, double[] middle, double[] places, (double Lower, double Upper) range)
    {
        double sum = middle.Sum(),
            mean = middle.Zip(places, (weight, place) => weight * place).Sum() / sum,
            allLeast = _least.Sum(),
            allGreatest = _greatest.Sum();
        double value = mean, remainder = 0, magnitude = Math.Abs(mean);
        var row = new (int, float)[middle.Length];
        for (var cell = 0; cell < middle.Length; cell++)
        {
            var weight = (float)(_decoder.Beta * middle[cell] / sum * (places[cell] - mean));
            row[cell] = (_first + cell, weight);

            // The slope anywhere on the box: β times a share of weight times a distance from the mean.
            double othersGreatest = Math.Max(0, allGreatest - _greatest[cell]) + (_rounding * allGreatest);
            double othersLeast = Math.Max(0, allLeast - _least[cell] - (_rounding * allLeast));
            double least = _least[cell] / (_least[cell] + othersGreatest) * (1 - _rounding);
            double most = Math.Min(1, _greatest[cell] / (_greatest[cell] + othersLeast) * (1 + _rounding));
            double left = places[cell] - range.Upper, right = places[cell] - range.Lower;
            double low = _decoder.Beta * Math.Min(left * least, left * most), high = _decoder.Beta * Math.Max(right * least, right * most);
            remainder += Math.Max(high - weight, weight - low) * _half[cell];
            value -= weight * _centre[cell];
            magnitude += (Math.Abs(weight) * (Math.Abs(_centre[cell]) + _half[cell])) + ((Math.Abs(high) + Math.Abs(low)) * _half[cell]);
        }

        _expansions[axis] = (value, (remainder * (1 + _rounding)) + (magnitude * _rounding * 4));
        return row;
    }
}
