namespace KeypointRobustness.Reports;

/// <summary>The part that all plots share: title, legend, axes, grid, and the area that values are drawn into.</summary>
internal sealed class PlotFrame
{
    private const double Width = 720;
    private const double AreaHeight = 300;
    private const double Left = 72;
    private const double Right = 24;
    private const double CharacterWidth = 6.8;

    private readonly PlotLabels _labels;
    private readonly double _top;

    /// <summary>Begins a plot.</summary>
    /// <param name="labels">The words around it.</param>
    /// <param name="legend">Name and colour of every series; drawn where there is more than one.</param>
    /// <param name="bottom">Room below the area for ticks and the axis label.</param>
    /// <param name="key">Draws the symbol of a legend entry at a place; null for the series' markers.</param>
    public PlotFrame(
        PlotLabels labels, IReadOnlyList<(string Name, string Colour)> legend, double bottom = 48, Action<SvgWriter, int, double, double>? key = null)
    {
        _labels = labels;
        var places = PlaceLegend(legend);
        _top = 34 + (places.Count == 0 ? 0 : places[^1].Y + 24);
        Svg = new SvgWriter(Width, _top + AreaHeight + bottom, labels.Title);
        Svg.Text(Width / 2, 18, labels.Title, "middle", weight: "bold");
        for (var i = 0; i < places.Count; i++)
        {
            if (key is null)
                Svg.Marker(places[i].X, places[i].Y + 36, legend[i].Name.Length == 0 ? 0 : i, legend[i].Colour, legend[i].Name);
            else
                key(Svg, i, places[i].X, places[i].Y + 36);
            Svg.Text(places[i].X + 11, places[i].Y + 40, legend[i].Name);
        }

        Svg.Text(16, _top + AreaHeight / 2, labels.Y, "middle", -90);
        Svg.Text(Left + AreaWidth / 2, _top + AreaHeight + bottom - 8, labels.X, "middle");
    }

    /// <summary>Where the marks go.</summary>
    public SvgWriter Svg { get; }

    /// <summary>Width of the area.</summary>
    public static double AreaWidth => Width - Left - Right;

    /// <summary>The place of a share of the horizontal axis.</summary>
    public static double X(double share) => Left + share * AreaWidth;

    /// <summary>The lower edge of the area.</summary>
    public double Bottom => _top + AreaHeight;

    /// <summary>The place of a share of the vertical axis, 0 being the lower edge.</summary>
    public double Y(double share) => Bottom - share * AreaHeight;

    /// <summary>Draws the vertical axis with its ticks and grid lines.</summary>
    public void DrawVerticalAxis(Axis axis)
    {
        foreach (var tick in axis.Ticks)
        {
            var y = Y(axis.Map(tick));
            Svg.Line(Left, y, Width - Right, y, "currentColor", opacity: 0.15);
            Svg.Text(Left - 6, y + 4, Axis.Format(tick), "end");
        }

        Svg.Line(Left, _top, Left, Bottom, "currentColor", opacity: 0.6);
        Svg.Line(Left, Bottom, Width - Right, Bottom, "currentColor", opacity: 0.6);
    }

    /// <summary>Draws the horizontal axis' ticks and grid lines.</summary>
    public void DrawHorizontalAxis(Axis axis)
    {
        foreach (var tick in axis.Ticks)
        {
            var x = X(axis.Map(tick));
            Svg.Line(x, _top, x, Bottom, "currentColor", opacity: 0.15);
            Svg.Text(x, Bottom + 18, Axis.Format(tick), "middle");
        }
    }

    /// <summary>What a tooltip says about a point.</summary>
    public string Describe(string name, double x, double y) =>
        $"{name}: {_labels.X} {Axis.Format(x)}, {_labels.Y} {Axis.Format(y)}";

    /// <summary>Width that a text takes, roughly.</summary>
    public static double Measure(string text) => text.Length * CharacterWidth;

    private static List<(double X, double Y)> PlaceLegend(IReadOnlyList<(string Name, string Colour)> legend)
    {
        var places = new List<(double X, double Y)>();
        if (legend.Count < 2)
        {
            return places;
        }

        var (x, y) = (Left + 6, 0.0);
        foreach (var (name, _) in legend)
        {
            if (x > Left + 6 && x + Measure(name) + 11 > Width - Right)
            {
                (x, y) = (Left + 6, y + 18);
            }

            places.Add((x, y));
            x += Measure(name) + 30;
        }

        return places;
    }
}
