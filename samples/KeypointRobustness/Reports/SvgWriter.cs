using System.Globalization;
using System.Net;
using System.Text;

namespace KeypointRobustness.Reports;

/// <summary>Writes SVG elements. Text and attributes are encoded, numbers have at most two decimals.</summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins a drawing that scales down with its page.</summary>
    /// <param name="width">Width in its own units.</param>
    /// <param name="height">Height in its own units.</param>
    /// <param name="title">What screen readers say.</param>
    public SvgWriter(double width, double height, string title)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"{width:0.##} {height:0.##}");
        var style = string.Create(CultureInfo.InvariantCulture, $"max-width:{width:0.##}px;width:100%;height:auto;overflow:visible");
        _text.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {size}\" style=\"{style}\" ");
        _text.Append($"font-family=\"system-ui,sans-serif\" font-size=\"12\" fill=\"currentColor\"><title>{Encode(title)}</title>");
    }

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string colour, double width = 1, double opacity = 1) =>
        Element(
            "line",
            null,
            ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2),
            ("stroke", colour), ("stroke-width", width), ("stroke-opacity", opacity));

    /// <summary>A filled rectangle with a tooltip.</summary>
    public void Rectangle(double x, double y, double width, double height, string colour, string tooltip) =>
        Element("rect", tooltip, ("x", x), ("y", y), ("width", Math.Max(0, width)), ("height", Math.Max(0, height)), ("fill", colour));

    /// <summary>A polyline through points.</summary>
    public void Polyline(IEnumerable<(double X, double Y)> points, string colour, string dashes)
    {
        var list = string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.##},{p.Y:0.##}")));
        Element(
            "polyline", null, ("points", list), ("fill", "none"), ("stroke", colour), ("stroke-width", 2.0), ("stroke-dasharray", dashes));
    }

    /// <summary>A path, filled and stroked, with a tooltip unless that is null.</summary>
    public void Path(string data, string fill, double fillOpacity, string stroke, double width, string? tooltip = null) =>
        Element("path", tooltip, ("d", data), ("fill", fill), ("fill-opacity", fillOpacity), ("stroke", stroke), ("stroke-width", width));

    /// <summary>A marker with a tooltip: circle, square, triangle or diamond by the number of its series.</summary>
    public void Marker(double x, double y, int series, string colour, string tooltip)
    {
        const double R = 4.5;
        string? corners = (series % 4) switch
        {
            0 => null,
            1 => Corners((x - R, y - R), (x + R, y - R), (x + R, y + R), (x - R, y + R)),
            2 => Corners((x, y - R - 1), (x + R + 1, y + R), (x - R - 1, y + R)),
            _ => Corners((x, y - R - 1), (x + R + 1, y), (x, y + R + 1), (x - R - 1, y)),
        };
        if (corners is null)
        {
            Element("circle", tooltip, ("cx", x), ("cy", y), ("r", R), ("fill", colour), ("fill-opacity", 0.8));
        }
        else
        {
            Element("polygon", tooltip, ("points", corners), ("fill", colour), ("fill-opacity", 0.8));
        }
    }

    /// <summary>A line of text.</summary>
    /// <param name="x">Its anchor.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="turn">Degrees clockwise around its anchor.</param>
    /// <param name="weight">normal or bold.</param>
    /// <param name="colour">Its colour.</param>
    public void Text(
        double x, double y, string text, string anchor = "start", double turn = 0, string weight = "normal", string colour = "currentColor")
    {
        _text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" ");
        _text.Append($"text-anchor=\"{anchor}\" font-weight=\"{weight}\" fill=\"{Encode(colour)}\"");
        if (turn != 0)
        {
            _text.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({turn:0.##} {x:0.##} {y:0.##})\"");
        }

        _text.Append('>').Append(Encode(text)).Append("</text>");
    }

    /// <summary>Ends the drawing.</summary>
    /// <returns>One svg element.</returns>
    public string Finish() => _text.Append("</svg>").ToString();

    /// <summary>Encodes text for XML and drops the control characters that XML has no way to write.</summary>
    internal static string Encode(string text) => WebUtility.HtmlEncode(
        new string(text.Where(c => c is '\t' or '\n' or '\r' || (!char.IsControl(c) && c is not ('\uFFFE' or '\uFFFF'))).ToArray()));

    private static string Corners(params (double X, double Y)[] points) =>
        string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.##},{p.Y:0.##}")));

    private void Element(string name, string? tooltip, params (string Name, object Value)[] attributes)
    {
        _text.Append('<').Append(name);
        foreach (var (key, value) in attributes)
        {
            var text = value is double number ? number.ToString("0.##", CultureInfo.InvariantCulture) : value.ToString()!;
            _text.Append(' ').Append(key).Append("=\"").Append(Encode(text)).Append('"');
        }

        _text.Append(tooltip is null ? "/>" : $"><title>{Encode(tooltip)}</title></{name}>");
    }
}
