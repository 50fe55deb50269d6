using System.Globalization;

namespace KeypointRobustness.Reports;

/// <summary>
/// Rows of cells whose colour tells a positive value by its logarithm, as inline SVG. The colours grow darker evenly and can be told apart
/// by colour-blind people.
/// </summary>
internal static class HeatMap
{
    private const double Width = 720;
    private const double Left = 96;
    private const double Right = 24;
    private const double RowHeight = 22;
    private const double Top = 30;

    private static readonly (int Red, int Green, int Blue)[] Stops = [(253, 231, 37), (94, 201, 98), (33, 145, 140), (59, 82, 139), (68, 1, 84)];

    /// <summary>Draws the map.</summary>
    /// <param name="labels">Title; the names of the cells in a row; what the colour says.</param>
    /// <param name="rows">Names and values, at least one row; each fills the whole width. A value that is not positive gets the lowest colour.</param>
    /// <param name="scale">The values that the colours cover: the same for maps that are to be compared.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    public static string Draw(PlotLabels labels, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> rows, IEnumerable<double> scale)
    {
        if (rows.Count == 0)
            throw new ArgumentException("A heat map needs at least one row.", nameof(rows));
        var axis = Axis.Logarithmic(scale);
        var bottom = Top + (rows.Count * RowHeight);
        var svg = new SvgWriter(Width, bottom + 76, labels.Title);
        svg.Text(Width / 2, 18, labels.Title, "middle", weight: "bold");
        foreach (var (number, (name, values)) in rows.Index())
        {
            var y = Top + (number * RowHeight);
            svg.Text(Left - 6, y + 15, name, "end");
            var cell = (Width - Left - Right) / values.Count;
            foreach (var (index, value) in values.Index())
                svg.Rectangle(Left + (index * cell), y, cell + 0.3, RowHeight - 2, Colour(axis.Map(value)), $"{name}: {value.ToString("g3", CultureInfo.InvariantCulture)}");
        }

        svg.Text(Left + ((Width - Left - Right) / 2), bottom + 12, labels.X, "middle");
        DrawScale(svg, axis, bottom + 24, labels.Y);
        return svg.Finish();
    }

    /// <summary>The colour of a share of the scale; 0 where it is not a number.</summary>
    internal static string Colour(double share)
    {
        var place = Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1) * (Stops.Length - 1);
        var stop = Math.Min((int)place, Stops.Length - 2);
        var (from, to, part) = (Stops[stop], Stops[stop + 1], place - stop);
        return $"#{Mix(from.Red, to.Red):X2}{Mix(from.Green, to.Green):X2}{Mix(from.Blue, to.Blue):X2}";

        int Mix(int one, int other) => (int)Math.Round(one + (part * (other - one)));
    }

    private static void DrawScale(SvgWriter svg, Axis axis, double top, string text)
    {
        const int Steps = 60;
        const double Length = Width - Left - Right;
        for (var step = 0; step < Steps; step++)
            svg.Path(string.Create(CultureInfo.InvariantCulture, $"M{Left + (step * Length / Steps):0.##} {top:0.##}h{(Length / Steps) + 0.3:0.##}v10h{-(Length / Steps) - 0.3:0.##}Z"), Colour((step + 0.5) / Steps), 1, "none", 0);
        foreach (var tick in axis.Ticks)
            svg.Text(Left + (axis.Map(tick) * Length), top + 24, Axis.Format(tick), "middle");
        svg.Text(Left + (Length / 2), top + 42, text, "middle");
    }
}
