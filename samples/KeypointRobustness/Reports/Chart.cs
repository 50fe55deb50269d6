using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using RobustPruning.Models;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace KeypointRobustness.Reports;

/// <summary>
/// A plot of ScottPlot's in the reports' style. As SVG it takes the colour of the text around it, so that it reads on light and dark pages
/// and on paper.
/// </summary>
internal sealed partial class Chart : IDisposable
{
    private const int Width = 600;
    private const int Height = 390;
    private const float FontSize = 14;
    private const string ClipName = "clip-of-chart-";
    private const string Style =
        "<style>svg{color:#1d2228;background:#fff}@media (prefers-color-scheme:dark){svg{color:#e6e8ea;background:#15181c}}</style>";

    // Becomes the text's colour in the SVG.
    private static readonly Color Ink = new(1, 2, 3);
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly PlotLabels _labels;
    private readonly List<(double X, double Y, string Text)> _tips = [];

    static Chart() => ReportFont.Use();

    /// <summary>Begins a chart.</summary>
    public Chart(PlotLabels labels)
    {
        // XML has no way to write control characters.
        _labels = labels with { Title = Clean(labels.Title) };
        Plot.Title(_labels.Title, FontSize + 1);
        Plot.XLabel(Clean(labels.X), FontSize);
        Plot.YLabel(Clean(labels.Y), FontSize);
        (Plot.FigureBackground.Color, Plot.DataBackground.Color) = (Colors.Transparent, Colors.Transparent);
        Plot.Axes.Color(Ink);
        (Plot.Axes.Title.Label.ForeColor, Plot.Axes.Title.Label.Bold) = (Ink, false);
        Plot.Grid.MajorLineColor = Ink.WithAlpha(0.15);
        Plot.Axes.FrameWidth(1);
        (Plot.Axes.Right.FrameLineStyle.Width, Plot.Axes.Top.FrameLineStyle.Width) = (0, 0);
        foreach (var axis in new IAxis[] { Plot.Axes.Bottom, Plot.Axes.Left })
            (axis.TickLabelStyle.FontSize, axis.Label.Bold) = (FontSize - 1, false);
        Plot.Axes.Bottom.TickGenerator = new NumericAutomatic { LabelFormatter = Format, MinorTickGenerator = new NoMinorTicks() };
        Plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = Format, MinorTickGenerator = new NoMinorTicks() };
        var legend = Plot.Legend;
        (legend.BackgroundColor, legend.ShadowColor, legend.OutlineWidth) = (Colors.Transparent, Colors.Transparent, 0);
        (legend.FontSize, legend.FontColor, legend.TightHorizontalWrapping) = (FontSize, Ink, true);
    }

    /// <summary>ScottPlot's plot.</summary>
    public Plot Plot { get; } = new();

    /// <summary>The colour of text and lines.</summary>
    public static Color InkColour => Ink;

    /// <summary>A short way to write a value.</summary>
    public static string Format(double value) =>
        value == 0 || Math.Abs(value) is >= 0.001 and < 1e6
            ? value.ToString("#,0.####", CultureInfo.InvariantCulture)
            : value.ToString("0.##e+0", CultureInfo.InvariantCulture);

    /// <summary>Text without what XML cannot hold.</summary>
    public static string Clean(string text) =>
        new([.. text.Where(letter => letter is '\t' or '\n' or '\r' || (!char.IsControl(letter) && letter is not ('\uFFFE' or '\uFFFF')))]);

    /// <summary>Shows a text where the pointer is near a point.</summary>
    public void Tip(double x, double y, string text) => _tips.Add((x, y, text));

    /// <summary>Adds a legend below the plot.</summary>
    public void AddLegend()
    {
        Plot.Legend.Orientation = Orientation.Horizontal;
        Plot.ShowLegend(Edge.Bottom);
    }

    /// <summary>Names along the horizontal axis, turned where they would run into each other.</summary>
    public void NameCategories(IReadOnlyList<string> names)
    {
        var longest = names.Max(name => ReportFont.Measure(name, FontSize, bold: false));
        var bottom = Plot.Axes.Bottom;
        bottom.TickGenerator = new NumericManual([.. names.Select((name, place) => new Tick(place, Clean(name)))]);
        Plot.Axes.SetLimitsX(-0.6, names.Count - 0.4);
        if (longest <= (Width - 90.0) / names.Count)
            return;
        (bottom.TickLabelStyle.Rotation, bottom.TickLabelStyle.Alignment) = (-30, Alignment.MiddleRight);
        bottom.MinimumSize = longest / 2 + 24;
        Plot.Axes.Left.MinimumSize = Math.Min(Width / 4f, ReportFont.Measure(names[0], FontSize, bold: false) * 0.85f);
    }

    /// <summary>Ticks at 1, 2 and 5 times powers of ten, on an axis of logarithms.</summary>
    public static NumericManual LogarithmicTicks(double least, double greatest)
    {
        int[] leads = greatest - least > 4 ? [1] : [1, 2, 5];
        return new NumericManual([
            .. Enumerable
                .Range((int)Math.Floor(least), (int)Math.Ceiling(greatest) - (int)Math.Floor(least) + 1)
                .SelectMany(power => leads.Select(lead => lead * Math.Pow(10, power)))
                .Select(value => new Tick(Math.Log10(value), Format(value))),
        ]);
    }

    /// <summary>The chart as one svg element.</summary>
    public string ToSvg()
    {
        var root = XDocument.Parse(Plot.GetSvgXml(Width, Height)).Root!;
        foreach (var text in root.Descendants(Svg + "text"))
            Simplify(text);
        foreach (var path in root.Descendants(Svg + "path").ToList())
            JoinFill(path);
        NumberClips(root);
        root.SetAttributeValue("viewBox", $"0 0 {Width} {Height}");
        root.SetAttributeValue("width", null);
        root.SetAttributeValue("height", null);
        root.SetAttributeValue("role", "img");
        root.SetAttributeValue("style", $"max-width:{Width * 6 / 5}px;width:100%;height:auto");
        root.SetAttributeValue("fill", "currentColor");
        root.AddFirst(new XElement(Svg + "title", _labels.Title));
        foreach (var (x, y, tip) in _tips)
        {
            var at = Plot.GetPixel(new Coordinates(x, y));
            root.Add(
                new XElement(
                    Svg + "circle", new XAttribute("cx", at.X), new XAttribute("cy", at.Y), new XAttribute("r", 9),
                    new XAttribute("fill-opacity", 0), new XElement(Svg + "title", Clean(tip))));
        }

        var svg = LongNumber()
            .Replace(
                root.ToString(SaveOptions.DisableFormatting),
                number => double.Parse(number.Value, CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture));
        svg = UprightRectangle().Replace(svg, "M$1 $2H$3V$4H$1Z").Replace("#010203", "currentColor", StringComparison.Ordinal);

        // Several drawings of a page share their names.
        return svg.Replace(ClipName, $"c{XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(svg)):x}_", StringComparison.Ordinal);
    }

    /// <summary>Writes a chart as a file of its own, which appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="svg">What <see cref="ToSvg"/> gave.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string svg) =>
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(svg.Insert(svg.IndexOf('>') + 1, Style)));

    /// <inheritdoc/>
    public void Dispose() => Plot.Dispose();

    /// <summary>Leaves letters to the viewer's font, in the room that they were laid out for.</summary>
    private static void Simplify(XElement text)
    {
        var (content, size) = (text.Value.Trim(), (float)text.Attribute("font-size")!);
        text.Value = content;
        text.SetAttributeValue("x", text.Attribute("x")!.Value.Split(',')[0]);
        text.SetAttributeValue("y", text.Attribute("y")!.Value.Split(',')[0]);
        text.SetAttributeValue("textLength", ReportFont.Measure(content, size, text.Attribute("font-weight") is not null));
        text.SetAttributeValue("font-family", $"{ReportFont.Name},system-ui,sans-serif");
    }

    /// <summary>Names clips by their place in the drawing: they come numbered by how many the process has drawn.</summary>
    private static void NumberClips(XElement root)
    {
        var names = root.Descendants(Svg + "clipPath")
            .Select(clip => clip.Attribute("id")!)
            .Index()
            .ToDictionary(id => id.Item.Value, id => $"{ClipName}{id.Index}");
        foreach (var attribute in root.DescendantsAndSelf().Attributes().ToList())
        {
            if (attribute.Name == "id" && names.TryGetValue(attribute.Value, out var name))
                attribute.Value = name;
            else if (attribute.Name == "clip-path")
                attribute.Value = $"url(#{names[attribute.Value[5..^1]]})";
        }
    }

    /// <summary>One element where an area is filled and then outlined.</summary>
    private static void JoinFill(XElement outline)
    {
        if (outline.ElementsBeforeSelf().LastOrDefault() is not { } fill
            || fill.Name != outline.Name
            || fill.Attribute("stroke") is not null
            || (string?)outline.Attribute("fill") != "none"
            || (string?)fill.Attribute("d") != (string?)outline.Attribute("d"))
            return;
        outline.SetAttributeValue("fill", (string?)fill.Attribute("fill"));
        outline.SetAttributeValue("fill-opacity", (string?)fill.Attribute("fill-opacity"));
        fill.Remove();
    }

    /// <summary>Small ticks say nothing, and make many elements.</summary>
    private sealed class NoMinorTicks : IMinorTickGenerator
    {
        public IEnumerable<double> GetMinorTicks(double[] majorTickPositions, CoordinateRange visibleRange) => [];
    }

    [GeneratedRegex(@"M([\d.-]+) ([\d.-]+)L([\d.-]+) \2L\3 ([\d.-]+)L\1 \4(?:L\1 \2)?Z")]
    private static partial Regex UprightRectangle();

    [GeneratedRegex(@"-?\d+\.\d{3,}(?:e-?\d+)?")]
    private static partial Regex LongNumber();
}

/// <summary>The words around a plot.</summary>
/// <param name="Title">Above the plot; also what screen readers say.</param>
/// <param name="X">Below the horizontal axis, with its unit.</param>
/// <param name="Y">Beside the vertical axis, with its unit.</param>
internal sealed record PlotLabels(string Title, string X, string Y);
