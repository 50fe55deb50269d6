namespace KeypointRobustness.Reports;

/// <summary>Texts beside points: each goes to the first side of its point where it hides no point and no other text.</summary>
internal sealed class PlacedLabels
{
    private const double Gap = 8;
    private const double Height = 13;
    private const double PointSize = 10;

    private readonly List<(double X, double Y, string Text)> _labels = [];

    /// <summary>Adds a text; one at a place that is not finite is left out.</summary>
    /// <param name="x">The point.</param>
    /// <param name="y">The point.</param>
    /// <param name="text">What stands beside it; empty for a point that others must not hide.</param>
    public void Add(double x, double y, string text)
    {
        if (double.IsFinite(x) && double.IsFinite(y))
            _labels.Add((x, y, text));
    }

    /// <summary>Draws all texts between two edges.</summary>
    public void Draw(SvgWriter svg, double left, double right)
    {
        var taken = _labels.Select(label => new Area(label.X - (PointSize / 2), label.Y - (PointSize / 2), PointSize, PointSize)).ToList();
        foreach (var (x, y, text) in _labels.Where(label => label.Text.Length > 0))
        {
            var places = Places(x, y, PlotFrame.Measure(text)).Where(place => place.X >= left && place.X + place.Width <= right).ToList();
            var place = places.Count == 0 ? Places(x, y, PlotFrame.Measure(text)).First() : places.MinBy(place => taken.Sum(place.Overlap))!;
            taken.Add(place);
            svg.Text(place.X, place.Y + Height - 3, text);

            // A text that had to go further away needs to say whose it is.
            if (place.Y > y + Height || place.Y + Height < y - Height)
                svg.Line(x, y, place.X + Math.Clamp(x - place.X, 0, place.Width), place.Y > y ? place.Y : place.Y + Height, "currentColor", 0.75, 0.5);
        }
    }

    /// <summary>Right, left, above and below, then ever further up and down.</summary>
    private static IEnumerable<Area> Places(double x, double y, double width)
    {
        foreach (var away in new[] { 0.0, 13, -13, 26, -26, 39, -39, 52, -52 })
        {
            yield return new Area(x + Gap, y - (Height / 2) + away, width, Height);
            yield return new Area(x - Gap - width, y - (Height / 2) + away, width, Height);
        }
    }

    private sealed record Area(double X, double Y, double Width, double Height)
    {
        /// <summary>The size of what two areas share.</summary>
        public double Overlap(Area other) =>
            Math.Max(0, Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X))
            * Math.Max(0, Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y));
    }
}
