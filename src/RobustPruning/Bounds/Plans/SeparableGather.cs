using RobustPruning.Graphs;

namespace RobustPruning.Bounds;

/// <summary>
/// A gather of a map that moves whole channels, rows and columns: the value at channel c, row y and column x comes from Channels[c],
/// Rows[y] and Columns[x], and is 0 where one of them is −1. Padding, cropping, slices, zeros between values, repetition, other orders of
/// channels.
/// </summary>
/// <param name="Channels">The channel that each channel comes from; null if they stay.</param>
/// <param name="Rows">The row that each row comes from.</param>
/// <param name="Columns">The column that each column comes from.</param>
internal sealed record SeparableGather(int[]? Channels, int[] Rows, int[] Columns)
{
    /// <summary>Whether rows and columns keep their order, so that what a window holds stays near together.</summary>
    public bool IsMonotone => Ascends(Rows) && Ascends(Columns);

    /// <summary>How values are spread out if that is all it does; null if not.</summary>
    public ZeroSpread? Spread { get; private init; }

    /// <summary>A node as such a gather, or null if it is none.</summary>
    public static SeparableGather? Of(RearrangementNode node)
    {
        if (node.Sources is not { } sources || node.Input.Shape.Count != 3 || node.Shape.Count != 3)
            return null;
        int channels = (int)node.Shape[0], height = (int)node.Shape[1], width = (int)node.Shape[2];
        int fromChannels = (int)node.Input.Shape[0], fromHeight = (int)node.Input.Shape[1], fromWidth = (int)node.Input.Shape[2];
        int[] channelOf = Nowhere(channels), rowOf = Nowhere(height), columnOf = Nowhere(width);
        for (var place = 0; place < sources.Count; place++)
        {
            if (sources[place] is not (>= 0 and var source))
                continue;
            channelOf[place / (height * width)] = (int)(source / (fromHeight * fromWidth));
            rowOf[place / width % height] = (int)(source / fromWidth % fromHeight);
            columnOf[place % width] = (int)(source % fromWidth);
        }

        for (var place = 0; place < sources.Count; place++)
        {
            int channel = channelOf[place / (height * width)], row = rowOf[place / width % height], column = columnOf[place % width];
            var source = channel < 0 || row < 0 || column < 0 ? -1 : (((channel * fromHeight) + row) * fromWidth) + column;
            if (sources[place] != source)
                return null;
        }

        var stay = channels == fromChannels && channelOf.Index().All(entry => entry.Item == entry.Index);
        return new SeparableGather(stay ? null : channelOf, rowOf, columnOf)
        {
            Spread = stay ? ZeroSpread.Of(rowOf, columnOf, fromHeight, fromWidth) : null,
        };

        static int[] Nowhere(int count)
        {
            var places = new int[count];
            Array.Fill(places, -1);
            return places;
        }
    }

    private static bool Ascends(int[] places)
    {
        var last = -1;
        foreach (var place in places.Where(place => place >= 0))
        {
            if (place < last)
                return false;
            last = place;
        }

        return true;
    }
}

/// <summary>Values moved apart, with zeros between and around them: the value in row i goes to row i · Rows + FirstRow.</summary>
/// <param name="Rows">The step from one row to the next.</param>
/// <param name="FirstRow">Where the first row goes; negative if it is cut.</param>
/// <param name="Columns">The step from one column to the next.</param>
/// <param name="FirstColumn">Where the first column goes; negative if it is cut.</param>
/// <param name="CutsPlaces">Whether some rows or columns go nowhere.</param>
internal sealed record ZeroSpread(int Rows, int FirstRow, int Columns, int FirstColumn, bool CutsPlaces)
{
    /// <summary>The spread that these sources are; null if they are none.</summary>
    public static ZeroSpread? Of(int[] rows, int[] columns, int height, int width) =>
        Axis(rows, height) is var (row, firstRow) && Axis(columns, width) is var (column, firstColumn)
            ? new(row, firstRow, column, firstColumn, IsCut(rows, height) || IsCut(columns, width)) : null;

    private static bool IsCut(int[] places, int size) => places.Where(place => place >= 0).Distinct().Count() < size;

    private static (int Step, int First)? Axis(int[] places, int size)
    {
        var first = Array.FindIndex(places, place => place >= 0);
        if (first < 0)
            return null;
        var second = Array.FindIndex(places, first + 1, place => place >= 0);
        var step = second < 0 ? 1 : second - first;
        var origin = first - (places[first] * step);
        for (var target = 0; target < places.Length; target++)
        {
            var distance = target - origin;
            var source = distance >= 0 && distance % step == 0 && distance / step < size ? distance / step : -1;
            if (places[target] != source)
                return null;
        }

        // One place alone fits any step; places that are cut must be cut for real.
        return second < 0 && size > 1 ? null : (step, origin);
    }
}
