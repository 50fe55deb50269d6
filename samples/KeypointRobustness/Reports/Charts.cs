using System.Globalization;
using ScottPlot;

namespace KeypointRobustness.Reports;

/// <summary>Bars, points, lines and maps of values as inline SVG.</summary>
internal static class Charts
{
    private const double GroupWidth = 0.8;
    private const int MostMarkers = 25;
    private const float MarkerSize = 9;

    /// <summary>Bars side by side in every category.</summary>
    /// <param name="labels">The words around the chart.</param>
    /// <param name="categories">Names along the horizontal axis, at least one.</param>
    /// <param name="series">At least one; each with one value a category.</param>
    /// <exception cref="ArgumentException">There is no category or series, or the counts differ.</exception>
    public static string GroupedBars(PlotLabels labels, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series)
    {
        var width = GroupWidth / series.Count;
        return Bars(labels, categories, series, (place, number, value, _) => new Bar
        {
            Position = place + ((number - ((series.Count - 1) / 2.0)) * width), Value = value, Size = width * 0.94,
        });
    }

    /// <summary>Bars on top of each other, one pile a category, with each part's value inside where it fits.</summary>
    /// <param name="labels">The words around the chart.</param>
    /// <param name="categories">Names along the horizontal axis, at least one.</param>
    /// <param name="series">At least one, lowest part first; each with one value a category, none negative.</param>
    /// <exception cref="ArgumentException">There is no category or series, the counts differ, or a value is negative.</exception>
    public static string StackedBars(PlotLabels labels, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series)
    {
        if (series.Any(part => part.Values.Any(value => value < 0)))
            throw new ArgumentException("A stacked bar has no negative parts.", nameof(series));
        var highest = categories.Select((_, place) => series.Sum(part => part.Values[place])).DefaultIfEmpty(0).Max();
        return Bars(labels, categories, series, (place, _, value, below) => new Bar
        {
            Position = place, ValueBase = below, Value = below + value, Size = 0.7, CenterLabel = true,
            ValueLabel = value > highest / 16 ? Chart.Format(value) : string.Empty,
        });
    }

    /// <summary>
    /// Points, in lines or alone; every series has a colour and a marker or a dash of its own. What an axis cannot show is left out.
    /// </summary>
    /// <param name="labels">The words around the plot.</param>
    /// <param name="series">The series; without any point the plot shows empty axes.</param>
    /// <param name="lines">Whether points are joined, in the order given.</param>
    /// <param name="logarithmicX">Logarithmic horizontal axis: points with x ≤ 0 are left out.</param>
    /// <param name="logarithmicY">Logarithmic vertical axis: points with y ≤ 0 are left out.</param>
    public static string Points(
        PlotLabels labels, IReadOnlyList<PointSeries> series, bool lines = false, bool logarithmicX = false, bool logarithmicY = false)
    {
        using var chart = new Chart(labels);
        var all = new List<Coordinates>();
        foreach (var (number, one) in series.Index())
        {
            var points = one
                .Points.Select(point => (Point: point, At: new Coordinates(Place(point.X, logarithmicX), Place(point.Y, logarithmicY))))
                .Where(point => double.IsFinite(point.At.X) && double.IsFinite(point.At.Y))
                .ToArray();
            if (points.Length == 0)
                continue;
            all.AddRange(points.Select(point => point.At));
            var drawn = chart.Plot.Add.Scatter(
                points.Select(point => point.At).ToArray(),
                one.Colour is { } colour ? Color.FromHex(colour) : Palette.Colour(number));
            (drawn.LegendText, drawn.LineWidth, drawn.LinePattern) = (Chart.Clean(one.Name), lines ? 2 : 0, Palette.Line(number));

            // Markers on a long curve would hide it.
            (drawn.MarkerShape, drawn.MarkerSize) = (Palette.Marker(number), lines && points.Length > MostMarkers ? 0 : MarkerSize);
            foreach (var (point, at) in lines && points.Length > MostMarkers ? [] : points)
                chart.Tip(at.X, at.Y, $"{one.Name}: {labels.X} {Chart.Format(point.X)}, {labels.Y} {Chart.Format(point.Y)}");
        }

        if (logarithmicX && all.Count > 0)
            chart.Plot.Axes.Bottom.TickGenerator = Chart.LogarithmicTicks(all.Min(at => at.X), all.Max(at => at.X));
        if (logarithmicY && all.Count > 0)
            chart.Plot.Axes.Left.TickGenerator = Chart.LogarithmicTicks(all.Min(at => at.Y), all.Max(at => at.Y));
        if (series.Count > 1)
            chart.AddLegend();
        return chart.ToSvg();
    }

    /// <summary>
    /// Rows of cells whose colour tells a positive value by its logarithm; each row fills the whole width. The colours grow darker evenly
    /// and can be told apart by colour-blind people.
    /// </summary>
    /// <param name="labels">Title; the names of the cells in a row; what the colour says.</param>
    /// <param name="rows">Names and values, at least one row; a value that is not positive gets the lowest colour.</param>
    /// <param name="scale">The values that the colours cover: the same for maps that are to be compared.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    public static string HeatMap(
        PlotLabels labels,
        IReadOnlyList<(string Name, IReadOnlyList<double> Values)> rows,
        IEnumerable<double> scale)
    {
        const int Keys = 5;
        if (rows.Count == 0)
            throw new ArgumentException("A heat map needs at least one row.", nameof(rows));
        var logarithms = scale.Where(value => value > 0 && double.IsFinite(value)).Select(Math.Log10).DefaultIfEmpty(0).ToList();
        double least = logarithms.Min(), range = Math.Max(logarithms.Max() - least, 1e-9);
        using var chart = new Chart(labels with { Y = string.Empty });
        foreach (var (number, (_, values)) in rows.Index())
        {
            foreach (var (index, value) in values.Index())
                Fill(
                    chart.Plot.Add.Rectangle(index / (double)values.Count, (index + 1.0) / values.Count, -number - 0.47, -number + 0.47),
                    HeatColour((Math.Log10(value) - least) / range));
        }

        chart.Plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([
            .. rows.Select((row, number) => new Tick(-number, Chart.Clean(row.Name))),
        ]);
        chart.Plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.EmptyTickGenerator();
        chart.Plot.HideGrid();
        chart.Plot.Axes.SetLimits(0, 1, 0.5 - rows.Count, 0.5);
        chart.Plot.Legend.ManualItems.Add(new LegendItem { LabelText = labels.Y + ":" });
        for (var key = 0; key < Keys; key++)
        {
            var share = key / (Keys - 1.0);
            chart.Plot.Legend.ManualItems.Add(
                new LegendItem
                {
                    LabelText = Math.Pow(10, least + (share * range)).ToString("g2", CultureInfo.InvariantCulture),
                    FillColor = HeatColour(share),
                });
        }

        chart.AddLegend();
        return chart.ToSvg();
    }

    /// <summary>The colour of a share of the scale; that of 0 where it is not a number.</summary>
    internal static Color HeatColour(double share) =>
        new ScottPlot.Colormaps.Viridis().GetColor(1 - Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1));

    private static void Fill(ScottPlot.Plottables.Rectangle rectangle, Color colour) =>
        (rectangle.FillColor, rectangle.LineWidth) = (colour, 0);

    private static double Place(double value, bool logarithmic) => !logarithmic ? value : value > 0 ? Math.Log10(value) : double.NaN;

    private static string Bars(
        PlotLabels labels, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series, Func<int, int, double, double, Bar> make)
    {
        if (categories.Count == 0 || series.Count == 0)
            throw new ArgumentException("A bar chart needs at least one category and one series.");
        if (series.FirstOrDefault(one => one.Values.Count != categories.Count) is { } odd)
            throw new ArgumentException($"Series '{odd.Name}' has {odd.Values.Count} values for {categories.Count} categories.");
        using var chart = new Chart(labels);
        var piled = new double[categories.Count];
        foreach (var (number, one) in series.Index())
        {
            var bars = new List<Bar>();
            foreach (var (place, value) in one.Values.Index().Where(value => double.IsFinite(value.Item)))
            {
                var bar = make(place, number, value, piled[place]);
                (bar.FillColor, bar.LineWidth) = (one.Colour is { } colour ? Color.FromHex(colour) : Palette.Colour(number), 0);
                piled[place] += value;
                bars.Add(bar);
                chart.Tip(bar.Position, (bar.ValueBase + bar.Value) / 2, $"{categories[place]}, {one.Name}: {Chart.Format(value)}");
            }

            var drawn = chart.Plot.Add.Bars(bars);
            (drawn.LegendText, drawn.ValueLabelStyle.ForeColor) = (Chart.Clean(one.Name), Color.FromHex("#101010"));
        }

        chart.NameCategories(categories);
        if (series.Count > 1)
            chart.AddLegend();
        return chart.ToSvg();
    }
}

/// <summary>One bar, or one part of a stacked bar, for every category.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Values">One value a category; a value that is not finite is left out.</param>
/// <param name="Colour">A colour as #RRGGBB; null for the next of the palette.</param>
internal sealed record BarSeries(string Name, IReadOnlyList<double> Values, string? Colour = null);

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the legend calls them.</param>
/// <param name="Points">The points; one with a coordinate that is not finite is left out.</param>
/// <param name="Colour">A colour as #RRGGBB; null for the next of the palette.</param>
internal sealed record PointSeries(string Name, IReadOnlyList<(double X, double Y)> Points, string? Colour = null);
