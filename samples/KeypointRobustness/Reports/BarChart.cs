namespace KeypointRobustness.Reports;

/// <summary>Bar charts as inline SVG.</summary>
internal static class BarChart
{
    /// <summary>Bars side by side in every category.</summary>
    /// <param name="labels">The words around the chart.</param>
    /// <param name="categories">Names along the horizontal axis, at least one.</param>
    /// <param name="series">At least one; each with one value a category.</param>
    /// <exception cref="ArgumentException">There is no category or series, or the counts differ.</exception>
    public static string Grouped(PlotLabels labels, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series)
    {
        Check(categories, series);
        var (frame, slot) = Begin(labels, categories, series);
        var axis = Axis.Linear(series.SelectMany(s => s.Values), withZero: true);
        frame.DrawVerticalAxis(axis);
        var width = slot * 0.8 / series.Count;
        for (var c = 0; c < categories.Count; c++)
        {
            for (var s = 0; s < series.Count; s++)
            {
                var value = series[s].Values[c];
                if (double.IsFinite(value))
                {
                    var x = PlotFrame.X(0) + slot * (c + 0.1) + width * s;
                    DrawBar(frame, axis, x, width * 0.94, 0, value, series[s], s, categories[c]);
                }
            }
        }

        return frame.Svg.Finish();
    }

    /// <summary>Bars on top of each other, one pile a category, with each part's value inside where it fits.</summary>
    /// <param name="labels">The words around the chart.</param>
    /// <param name="categories">Names along the horizontal axis, at least one.</param>
    /// <param name="series">At least one, lowest part first; each with one value a category, none negative.</param>
    /// <exception cref="ArgumentException">There is no category or series, the counts differ, or a value is negative.</exception>
    public static string Stacked(PlotLabels labels, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series)
    {
        Check(categories, series);
        if (series.Any(s => s.Values.Any(v => v < 0)))
        {
            throw new ArgumentException("A stacked bar has no negative parts.", nameof(series));
        }

        var (frame, slot) = Begin(labels, categories, series);
        var totals = categories.Select((_, c) => series.Select(s => s.Values[c]).Where(double.IsFinite).Sum());
        var axis = Axis.Linear(totals, withZero: true);
        frame.DrawVerticalAxis(axis);
        for (var c = 0; c < categories.Count; c++)
        {
            var (x, width, from) = (PlotFrame.X(0) + slot * (c + 0.15), slot * 0.7, 0.0);
            for (var s = 0; s < series.Count; s++)
            {
                var value = series[s].Values[c];
                if (!double.IsFinite(value) || value == 0)
                {
                    continue;
                }

                var (low, high) = DrawBar(frame, axis, x, width, from, from + value, series[s], s, categories[c]);
                if (low - high > 14 && width > PlotFrame.Measure(Axis.Format(value)))
                {
                    frame.Svg.Text(x + width / 2, (low + high) / 2 + 4, Axis.Format(value), "middle", colour: "#101010");
                }

                from += value;
            }
        }

        return frame.Svg.Finish();
    }

    private static void Check(IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series)
    {
        if (categories.Count == 0 || series.Count == 0)
        {
            throw new ArgumentException("A bar chart needs at least one category and one series.");
        }

        if (series.FirstOrDefault(s => s.Values.Count != categories.Count) is { } odd)
        {
            throw new ArgumentException($"Series '{odd.Name}' has {odd.Values.Count} values for {categories.Count} categories.");
        }
    }

    private static (PlotFrame Frame, double Slot) Begin(
        PlotLabels labels, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> series)
    {
        var slot = PlotFrame.AreaWidth / categories.Count;
        var longest = categories.Max(PlotFrame.Measure);

        // Names that would run into each other are turned, and get the room that takes.
        var turned = longest > slot - 6;
        var frame = new PlotFrame(
            labels,
            [.. series.Select((s, i) => (s.Name, s.Colour ?? Palette.Colour(i)))],
            turned ? 48 + longest * 0.42 : 48);
        for (var c = 0; c < categories.Count; c++)
        {
            var x = PlotFrame.X(0) + slot * (c + 0.5);
            frame.Svg.Text(x, frame.Bottom + 18, categories[c], turned ? "end" : "middle", turned ? -28 : 0);
        }

        return (frame, slot);
    }

    private static (double Low, double High) DrawBar(
        PlotFrame frame, Axis axis, double x, double width, double from, double to, BarSeries series, int number, string category)
    {
        var (low, high) = (frame.Y(axis.Map(Math.Min(from, to))), frame.Y(axis.Map(Math.Max(from, to))));
        var tooltip = $"{category}, {series.Name}: {Axis.Format(to - from)}";
        frame.Svg.Rectangle(x, high, width, low - high, series.Colour ?? Palette.Colour(number), tooltip);
        return (low, high);
    }
}
