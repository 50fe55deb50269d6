namespace RobustPruning.Graphs;

/// <summary>
/// A rearrangement of a feature map that moves whole channels, all by the same rows and columns: padding, cropping, slices, other orders of
/// channels. Symbols that touch a window of the map touch a window behind it.
/// </summary>
/// <param name="Rows">The value in row i comes from row i + this.</param>
/// <param name="Columns">The value in column j comes from column j + this.</param>
/// <param name="Channels">The channel that each channel comes from; −1 for one of zeros.</param>
internal sealed record MapShift(long Rows, long Columns, long[] Channels)
{
    /// <summary>The shift that sources are; null if they are none.</summary>
    /// <param name="sources">For each value the place that it comes from, −1 for zero.</param>
    /// <param name="before">The shape of the input.</param>
    /// <param name="after">The shape of the value.</param>
    public static MapShift? Of(long[] sources, IReadOnlyList<long> before, IReadOnlyList<long> after)
    {
        var first = Array.FindIndex(sources, source => source >= 0);
        if (before.Count != 3 || after.Count != 3 || first < 0)
            return null;
        long height = after[1], width = after[2], fromHeight = before[1], fromWidth = before[2];
        long rows = (sources[first] / fromWidth % fromHeight) - (first / width % height),
            columns = (sources[first] % fromWidth) - (first % width);
        long[] channels =
        [
            .. sources
                .Chunk((int)(height * width))
                .Select(values => values.Max() is >= 0 and var source ? source / (fromHeight * fromWidth) : -1),
        ];
        for (var place = 0L; place < sources.Length; place++)
        {
            long channel = channels[place / (height * width)], row = (place / width % height) + rows, column = (place % width) + columns;
            var inside = channel >= 0 && row >= 0 && row < fromHeight && column >= 0 && column < fromWidth;
            if (sources[place] != (inside ? (((channel * fromHeight) + row) * fromWidth) + column : -1))
                return null;
        }

        return new MapShift(rows, columns, channels);
    }
}
