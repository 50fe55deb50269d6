using System.Globalization;
using System.Text;
using RobustPruning.Certification;

namespace KeypointRobustness.Reports;

/// <summary>
/// A map of two parameters as inline SVG: rectangles by what is known there, and counterexamples. A state shows by its colour and by its
/// lines (none, one diagonal, two), so that no one needs to tell colours apart.
/// </summary>
internal static class ParameterPlane
{
    // More rectangles than this cannot be told apart, and would make a large file.
    private const int MostCells = 1000;
    private const double KeySize = 5;

    private static readonly (Verdict State, string Name, string Colour)[] States =
    [
        (Verdict.Certified, "certified", Palette.Certified),
        (Verdict.Falsified, "holds a counterexample", Palette.Falsified),
        (Verdict.Unknown, "open", Palette.Unknown),
    ];

    /// <summary>Draws the map.</summary>
    /// <param name="labels">The words around it: the axes' labels name the parameters.</param>
    /// <param name="cells">The rectangles, at least one; they share no more than edges.</param>
    /// <param name="marks">The counterexamples.</param>
    /// <exception cref="ArgumentException">There is no rectangle.</exception>
    public static string Draw(PlotLabels labels, IReadOnlyList<PlaneCell> cells, IReadOnlyList<PlaneMark> marks)
    {
        if (cells.Count == 0)
            throw new ArgumentException("A parameter plane needs at least one cell.", nameof(cells));
        var legend = States.Select(state => (Entry(state.Name, PlaneCell.Share(cells, state.State)), state.Colour))
            .Append((string.Create(CultureInfo.InvariantCulture, $"counterexample ({marks.Count})"), "currentColor")).ToList();
        var frame = new PlotFrame(labels, legend, key: DrawKey);
        var axisX = Axis.Linear(cells.SelectMany(cell => new[] { cell.Left, cell.Right }), withZero: false);
        var axisY = Axis.Linear(cells.SelectMany(cell => new[] { cell.Lower, cell.Upper }), withZero: false);
        frame.DrawHorizontalAxis(axisX);
        frame.DrawVerticalAxis(axisY);
        var drawn = cells.Count > MostCells ? PlaneCell.Merge(cells) : cells;
        foreach (var (state, _, colour) in States)
        {
            DrawCells(frame.Svg, state, colour, drawn.Count > MostCells ? 0.25 : 0.75, drawn.Where(cell => cell.State == state).Select(cell => (
                PlotFrame.X(axisX.Map(cell.Left)), frame.Y(axisY.Map(cell.Upper)), PlotFrame.X(axisX.Map(cell.Right)), frame.Y(axisY.Map(cell.Lower)))));
        }

        foreach (var mark in marks)
            DrawMark(frame.Svg, PlotFrame.X(axisX.Map(mark.X)), frame.Y(axisY.Map(mark.Y)), mark.Text);
        return frame.Svg.Finish();
    }

    private static string Entry(string name, double share) => string.Create(CultureInfo.InvariantCulture, $"{name} {100 * share:0.#} %");

    private static void DrawKey(SvgWriter svg, int entry, double x, double y)
    {
        if (entry == States.Length)
            DrawMark(svg, x, y, "counterexample");
        else
            DrawCells(svg, States[entry].State, States[entry].Colour, 0.75, [(x - KeySize, y - KeySize, x + KeySize, y + KeySize)]);
    }

    /// <summary>All cells of a state in two elements: thousands of elements are slow to show.</summary>
    private static void DrawCells(
        SvgWriter svg, Verdict state, string colour, double stroke, IEnumerable<(double Left, double Top, double Right, double Bottom)> cells)
    {
        StringBuilder areas = new(), lines = new();
        foreach (var (left, top, right, bottom) in cells)
        {
            // A side without length still shows as a line.
            var (wide, high) = (Math.Max(right, left + 1), Math.Max(bottom, top + 1));
            areas.Append(CultureInfo.InvariantCulture, $"M{left:0.##} {top:0.##}H{wide:0.##}V{high:0.##}H{left:0.##}Z");
            if (state != Verdict.Certified)
                lines.Append(CultureInfo.InvariantCulture, $"M{left:0.##} {high:0.##}L{wide:0.##} {top:0.##}");
            if (state == Verdict.Falsified)
                lines.Append(CultureInfo.InvariantCulture, $"M{left:0.##} {top:0.##}L{wide:0.##} {high:0.##}");
        }

        if (areas.Length > 0)
            svg.Path(areas.ToString(), colour, 0.5, "currentColor", stroke, state.ToString().ToLowerInvariant());
        if (lines.Length > 0)
            svg.Path(lines.ToString(), "none", 0, "currentColor", stroke);
    }

    private static void DrawMark(SvgWriter svg, double x, double y, string text)
    {
        const double R = 4.5;
        var cross = string.Create(CultureInfo.InvariantCulture,
            $"M{x - R:0.##} {y - R:0.##}L{x + R:0.##} {y + R:0.##}M{x - R:0.##} {y + R:0.##}L{x + R:0.##} {y - R:0.##}");
        svg.Path(cross, "none", 0, "currentColor", 2.5, text);
    }
}
