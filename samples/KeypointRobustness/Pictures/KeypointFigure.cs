using System.Globalization;
using System.Xml.Linq;
using KeypointRobustness.Reports;
using RobustPruning.Certification;

namespace KeypointRobustness.Pictures;

/// <summary>
/// An image with its keypoints as an SVG element: where they are, how far they can move, and what is proved. The pointer over a keypoint
/// says which one it is; its number stands in the legend. Verdicts differ in colour, dashes and marker, so that no one needs to tell
/// colours apart.
/// </summary>
internal static class KeypointFigure
{
    private const double Width = 640;
    // The tolerances of more keypoints hide the picture: a page shows them where the pointer is.
    private const int Many = 8;
    private const string LabelColour = "#00E5FF";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Draws the figure; it scales with its page.</summary>
    /// <param name="image">The image.</param>
    /// <param name="marks">Its keypoints, in the pixels of the network's input.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    public static string Draw(ShownImage image, IReadOnlyCollection<KeypointMark> marks, string description)
    {
        var factor = Width / image.Pixels.Width;
        var height = image.Pixels.Height * factor;
        var root = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", Text($"0 0 {Width:0} {height:0.#}")),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", Chart.Clean(description)),
            new XAttribute("class", marks.Count > Many ? "keypoints many" : "keypoints"),
            new XElement(
                Svg + "image", new XAttribute("href", image.ToDataUri()), Number("width", Width), Number("height", height),
                new XAttribute("preserveAspectRatio", "none")));
        foreach (var mark in marks)
            root.Add(
                Group(
                    mark,
                    point =>
                        (
                            (((point.X + 0.5) * image.FactorX) - image.Left) * factor,
                            (((point.Y + 0.5) * image.FactorY) - image.Top) * factor),
                    height));
        return root.ToString(SaveOptions.DisableFormatting);
    }

    private static XElement Group(KeypointMark mark, Func<(double X, double Y), (double X, double Y)> place, double height)
    {
        var group = new XElement(Svg + "g", new XElement(Svg + "title", Chart.Clean(Text($"{mark.Number} {mark.Text}"))));
        if (mark.Tolerance is { } tolerance)
        {
            var box = Box(tolerance, "#FFFFFF", 1.2, "none", 0.75);
            box?.SetAttributeValue("class", "tolerance");
            group.Add(box);
        }

        var colour = Palette.Of(mark.Verdict);
        if (mark.Range is { } range)
        {
            group.Add(Box(range, "#000000", 5, "none", 0.55));
            group.Add(
                Box(
                    range, colour, 2.5, mark.Verdict switch
                    {
                        Verdict.Certified => "none",
                        Verdict.Falsified => "9 5",
                        _ => "2 4",
                    },
                    1));
        }

        var (x, y) = place(mark.At);
        if (mark.From is { } from)
        {
            var (fromX, fromY) = place(from);
            group.Add(Path(Text($"M{fromX:0.#} {fromY:0.#}L{x:0.#} {y:0.#}"), colour, 2));
        }

        if (mark.Label is { } label)
        {
            var (labelX, labelY) = place(label);
            var cross = Text($"M{labelX - 8:0.#} {labelY:0.#}h16M{labelX:0.#} {labelY - 8:0.#}v16");
            group.Add(Path(cross, "#000000", 4), Path(cross, LabelColour, 2));
        }

        group.Add(
            new XElement(
                Svg + "path",
                new XAttribute("d", Marker(x, y, 6, mark.Verdict)),
                new XAttribute("fill", colour),
                new XAttribute("stroke", "#FFFFFF"),
                Number("stroke-width", 1.2)),
            new XElement(
                Svg + "text", Number("x", x + 9), Number("y", y - 8), new XAttribute("fill", "#FFFFFF"),
                new XAttribute("stroke", "#000000"), Number("stroke-width", 3), new XAttribute("paint-order", "stroke"),
                new XAttribute("font-size", 17), new XAttribute("font-family", "system-ui,sans-serif"),
                mark.Number));
        return group;

        // A bound may be infinite; the frame a little beyond the image then stands for it.
        XElement? Box(((double X, double Y) Low, (double X, double Y) High) box, string stroke, double width, string dashes, double opacity)
        {
            var (left, top) = Within(place(box.Low));
            var (right, bottom) = Within(place(box.High));
            if (double.IsNaN(left + top + right + bottom))
                return null;
            return new XElement(
                Svg + "rect", Number("x", left), Number("y", top), Number("width", right - left), Number("height", bottom - top),
                new XAttribute("fill", "none"), new XAttribute("stroke", stroke), Number("stroke-width", width),
                new XAttribute("stroke-dasharray", dashes), Number("stroke-opacity", opacity));
        }

        (double X, double Y) Within((double X, double Y) point) =>
            (Math.Clamp(point.X, -20, Width + 20), Math.Clamp(point.Y, -20, height + 20));
    }

    /// <summary>The marker of a verdict as SVG path data: circle, cross or triangle.</summary>
    public static string Marker(double x, double y, double r, Verdict verdict) => verdict switch
    {
        Verdict.Certified => Text($"M{x - r:0.#} {y:0.#}a{r:0.#} {r:0.#} 0 1 0 {2 * r:0.#} 0a{r:0.#} {r:0.#} 0 1 0 {-2 * r:0.#} 0Z"),
        Verdict.Falsified => Cross(x, y, r, r - 2),
        _ => Text($"M{x:0.#} {y - (1.2 * r):0.#}l{1.1 * r:0.#} {2 * r:0.#}h{-2.2 * r:0.#}Z"),
    };

    private static string Cross(double x, double y, double r, double arm) => Text(
        $"M{x - r:0.#} {y - arm:0.#}l2 -2l{arm:0.#} {arm:0.#}l{arm:0.#} {-arm:0.#}l2 2l{-arm:0.#} {arm:0.#}l{arm:0.#} {arm:0.#}")
        + Text($"l-2 2l{-arm:0.#} {-arm:0.#}l{-arm:0.#} {arm:0.#}l-2 -2l{arm:0.#} {-arm:0.#}Z");

    private static XElement Path(string data, string stroke, double width) =>
        new(
            Svg + "path", new XAttribute("d", data), new XAttribute("fill", "none"), new XAttribute("stroke", stroke),
            Number("stroke-width", width));

    private static XAttribute Number(string name, double value) => new(name, value.ToString("0.##", CultureInfo.InvariantCulture));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>One keypoint as a figure shows it. Coordinates are pixels of the network's input; pixel centres are whole numbers.</summary>
/// <param name="Number">Its number in the legend, from 1 on.</param>
/// <param name="Text">What the pointer over it says.</param>
/// <param name="At">Where the network finds it.</param>
/// <param name="Verdict">What is known about it; decides its colour and shape.</param>
internal sealed record KeypointMark(int Number, string Text, (double X, double Y) At, Verdict Verdict)
{
    /// <summary>Where it is labelled; null without a label.</summary>
    public (double X, double Y)? Label { get; init; }

    /// <summary>Where the network finds it on the clean image; null for nothing.</summary>
    public (double X, double Y)? From { get; init; }

    /// <summary>The corners of the box in which it can move; null for nothing.</summary>
    public ((double X, double Y) Low, (double X, double Y) High)? Range { get; init; }

    /// <summary>The corners of the box in which it is to stay; null for nothing.</summary>
    public ((double X, double Y) Low, (double X, double Y) High)? Tolerance { get; init; }
}
