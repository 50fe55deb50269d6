using System.Globalization;
using RobustPruning.Certification;
using ScottPlot;

namespace KeypointRobustness.Reports;

/// <summary>
/// A map of two parameters as inline SVG: rectangles by what is known there, and counterexamples. A state shows by its colour and by its
/// lines (none, one diagonal, two), so that no one needs to tell colours apart.
/// </summary>
internal static class ParameterPlane
{
    // More rectangles than this cannot be told apart, and would make a large file.
    private const int MostCells = 1000;
    private const float MarkSize = 11;

    private static readonly (Verdict State, string Name)[] States =
        [(Verdict.Certified, "certified"), (Verdict.Falsified, "holds a counterexample"), (Verdict.Unknown, "open")];

    /// <summary>Draws the map.</summary>
    /// <param name="labels">The words around it: the axes' labels name the parameters.</param>
    /// <param name="cells">The rectangles, at least one; they share no more than edges.</param>
    /// <param name="marks">The counterexamples.</param>
    /// <exception cref="ArgumentException">There is no rectangle.</exception>
    public static string Draw(PlotLabels labels, IReadOnlyList<PlaneCell> cells, IReadOnlyList<PlaneMark> marks)
    {
        if (cells.Count == 0)
            throw new ArgumentException("A parameter plane needs at least one cell.", nameof(cells));
        using var chart = new Chart(labels);
        var drawn = cells.Count > MostCells ? PlaneCell.Merge(cells) : cells;
        var border = drawn.Count > MostCells ? 0.25f : 0.75f;
        foreach (var (state, name) in States)
        {
            var colour = Color.FromHex(Palette.Of(state)).WithAlpha(0.5);
            foreach (var cell in drawn.Where(cell => cell.State == state))
                DrawCell(chart.Plot, cell, colour, border);
            chart.Plot.Legend.ManualItems.Add(new LegendItem { LabelText = Entry(name, PlaneCell.Share(cells, state)), FillColor = colour, OutlineColor = Chart.InkColour, OutlineWidth = 1 });
        }

        foreach (var mark in marks)
        {
            var cross = chart.Plot.Add.Marker(mark.X, mark.Y, MarkerShape.Eks, MarkSize, Chart.InkColour);
            cross.MarkerLineWidth = 2.5f;
            chart.Tip(mark.X, mark.Y, mark.Text);
        }

        chart.Plot.Legend.ManualItems.Add(new LegendItem
        {
            LabelText = string.Create(CultureInfo.InvariantCulture, $"counterexample ({marks.Count})"),
            MarkerShape = MarkerShape.Eks, MarkerLineWidth = 2.5f, MarkerSize = MarkSize, MarkerColor = Chart.InkColour,
        });
        chart.Plot.Axes.Margins(0.02, 0.02);
        chart.Plot.HideGrid();
        chart.AddLegend();
        return chart.ToSvg();
    }

    private static string Entry(string name, double share) => string.Create(CultureInfo.InvariantCulture, $"{name} {100 * share:0.#} %");

    private static void DrawCell(Plot plot, PlaneCell cell, Color colour, float border)
    {
        var area = plot.Add.Rectangle(cell.Left, cell.Right, cell.Lower, cell.Upper);
        (area.FillColor, area.LineColor, area.LineWidth) = (colour, Chart.InkColour, border);
        if (cell.State != Verdict.Certified)
            Line(cell.Lower, cell.Upper);
        if (cell.State == Verdict.Falsified)
            Line(cell.Upper, cell.Lower);

        void Line(double from, double to)
        {
            var line = plot.Add.Line(cell.Left, from, cell.Right, to);
            (line.LineColor, line.LineWidth) = (Chart.InkColour, border);
        }
    }
}

/// <summary>A counterexample in the parameter plane.</summary>
/// <param name="X">The first parameter's value.</param>
/// <param name="Y">The second parameter's value.</param>
/// <param name="Text">What its tooltip says.</param>
internal sealed record PlaneMark(double X, double Y, string Text);
