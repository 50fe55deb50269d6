namespace KeypointRobustness.Reports;

/// <summary>Scatter and line plots as inline SVG.</summary>
internal static class XyPlot
{
    private static readonly string[] Dashes = ["none", "7 4", "2 3", "9 3 2 3"];

    /// <summary>Points; every series has a marker of its own.</summary>
    /// <param name="labels">The words around the plot.</param>
    /// <param name="series">The series; without any point the plot shows empty axes.</param>
    /// <param name="logarithmicX">Logarithmic horizontal axis: points with x ≤ 0 are left out.</param>
    /// <param name="logarithmicY">Logarithmic vertical axis: points with y ≤ 0 are left out.</param>
    public static string Scatter(
        PlotLabels labels, IReadOnlyList<PointSeries> series, bool logarithmicX = false, bool logarithmicY = false) =>
        Draw(labels, series, logarithmicX, logarithmicY, lines: false);

    /// <summary>Points joined by lines in the order given; every series has a marker and dashes of its own.</summary>
    /// <param name="labels">The words around the plot.</param>
    /// <param name="series">The series; without any point the plot shows empty axes.</param>
    /// <param name="logarithmicX">Logarithmic horizontal axis: points with x ≤ 0 are left out.</param>
    /// <param name="logarithmicY">Logarithmic vertical axis: points with y ≤ 0 are left out.</param>
    public static string Lines(
        PlotLabels labels, IReadOnlyList<PointSeries> series, bool logarithmicX = false, bool logarithmicY = false) =>
        Draw(labels, series, logarithmicX, logarithmicY, lines: true);

    private static string Draw(PlotLabels labels, IReadOnlyList<PointSeries> series, bool logarithmicX, bool logarithmicY, bool lines)
    {
        var frame = new PlotFrame(labels, [.. series.Select((s, i) => (s.Name, s.Colour ?? Palette.Colour(i)))]);
        var points = series.SelectMany(s => s.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToArray();
        var axisX = Cover(points.Select(p => p.X), logarithmicX);
        var axisY = Cover(points.Select(p => p.Y), logarithmicY);
        frame.DrawHorizontalAxis(axisX);
        frame.DrawVerticalAxis(axisY);
        var texts = new PlacedLabels();
        for (var s = 0; s < series.Count; s++)
        {
            var colour = series[s].Colour ?? Palette.Colour(s);
            var places = series[s].Points
                .Select(p => (Point: p, X: PlotFrame.X(axisX.Map(p.X)), Y: frame.Y(axisY.Map(p.Y))))
                .Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))
                .ToArray();
            if (lines && places.Length > 1)
            {
                frame.Svg.Polyline(places.Select(p => (p.X, p.Y)), colour, Dashes[s % Dashes.Length]);
            }

            // Markers on a long curve would hide it.
            foreach (var (point, x, y) in lines && places.Length > 25 ? [] : places)
            {
                frame.Svg.Marker(x, y, s, colour, frame.Describe(series[s].Name, point.X, point.Y));
            }

            foreach (var (index, point) in series[s].Points.Index().Take(series[s].Labels?.Count ?? 0))
                texts.Add(PlotFrame.X(axisX.Map(point.X)), frame.Y(axisY.Map(point.Y)), series[s].Labels![index]);
        }

        texts.Draw(frame.Svg, PlotFrame.X(0), PlotFrame.X(1));
        return frame.Svg.Finish();
    }

    private static Axis Cover(IEnumerable<double> values, bool logarithmic) =>
        logarithmic ? Axis.Logarithmic(values) : Axis.Linear(values, withZero: false);
}
