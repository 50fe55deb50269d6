namespace RobustPruning.Certification;

/// <summary>The cells of a map that may be its greatest on a box: those over which no other is sure to be.</summary>
internal sealed class CellRange : IMapRange
{
    private readonly HeatmapDecoder _decoder;
    private readonly int _keypoint;
    private readonly double[] _lower, _upper;
    private readonly double _margin;
    private List<int> _others;

    public CellRange(HeatmapDecoder decoder, int keypoint, double[] lower, double[] upper, int mostRows)
    {
        (_decoder, _keypoint, _lower, _upper) = (decoder, keypoint, lower, upper);
        int first = decoder.Value(keypoint, 0), greatest = 0;
        var size = 0.0;
        for (var cell = 0; cell < decoder.Cells; cell++)
        {
            size = Math.Max(size, Math.Max(Math.Abs(lower[first + cell]), Math.Abs(upper[first + cell])));
            if (lower[first + cell] + upper[first + cell] > lower[first + greatest] + upper[first + greatest])
                greatest = cell;
        }

        _margin = DecodedTies.Margin(size);
        Anchor = greatest;
        _others =
        [
            .. Enumerable
                .Range(0, decoder.Cells)
                .Where(cell => cell != greatest && !(lower[first + greatest] - upper[first + cell] > _margin)),
        ];

        // Where most of a map is open, a smaller box says more than rows.
        Rows =
            _others.Count > mostRows
                ? []
                : [.. _others.Select(cell => (IReadOnlyList<(int, float)>)[(first + greatest, 1f), (first + cell, -1f)])];
    }

    /// <inheritdoc/>
    public int Anchor { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> Rows { get; }

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        var above = lower.ToArray();
        if (above.Length == 0)
            return;
        _others = [.. _others.Where((_, index) => !(above[index] > _margin))];
    }

    /// <inheritdoc/>
    public PositionSet Positions() => new([.. _others.Prepend(Anchor).Select(Range)]);

    private PositionRange Range(int cell)
    {
        var (x, y) = _decoder.Place(cell);
        if (!_decoder.HasOffsets)
            return new PositionRange(x, x, y, y);
        var (dx, dy) = _decoder.OffsetValues(_keypoint, cell);
        var ((leftX, rightX), (leftY, rightY)) = (Moved(x, dx), Moved(y, dy));
        return new PositionRange(leftX, rightX, leftY, rightY);

        (double Lower, double Upper) Moved(double place, int value)
        {
            double first = _decoder.OffsetScale * _lower[value], second = _decoder.OffsetScale * _upper[value];
            return (Down(place, Math.Min(first, second)), -Down(-place, -Math.Max(first, second)));
        }
    }

    // A product and a sum, each rounded once.
    private static double Down(double place, double offset) => Math.BitDecrement(place + Math.BitDecrement(offset));
}
