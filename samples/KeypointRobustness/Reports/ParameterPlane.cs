using System.Globalization;
using RobustPruning.Certification;
using ScottPlot;
using SkiaSharp;

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
            chart.Plot.PlottableList.Add(new Cells([.. drawn.Where(cell => cell.State == state)], state, colour, border));
            chart.Plot.Legend.ManualItems.Add(
                new LegendItem
                {
                    LabelText = Entry(name, PlaneCell.Share(cells, state)),
                    FillColor = colour,
                    OutlineColor = Chart.InkColour,
                    OutlineWidth = 1,
                });
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

    /// <summary>All cells of a state in two paths: thousands of elements are slow to show.</summary>
    private sealed class Cells(IReadOnlyList<PlaneCell> cells, Verdict state, Color colour, float border) : IPlottable
    {
        public bool IsVisible { get; set; } = true;

        public IAxes Axes { get; set; } = new Axes();

        public IEnumerable<LegendItem> LegendItems => LegendItem.None;

        public AxisLimits GetAxisLimits() =>
            cells.Count == 0
                ? AxisLimits.NoLimits
                : new AxisLimits(
                    cells.Min(cell => cell.Left),
                    cells.Max(cell => cell.Right),
                    cells.Min(cell => cell.Lower),
                    cells.Max(cell => cell.Upper));

        public void Render(RenderPack rp)
        {
            using SKPathBuilder areas = new(), lines = new();
            foreach (var cell in cells)
            {
                var (low, high) = (
                    Axes.GetPixel(new Coordinates(cell.Left, cell.Lower)),
                    Axes.GetPixel(new Coordinates(cell.Right, cell.Upper)));

                // A side without length still shows as a line.
                var (right, top) = (Math.Max(high.X, low.X + 1), Math.Min(high.Y, low.Y - 1));
                areas.AddPoly([new(low.X, low.Y), new(right, low.Y), new(right, top), new(low.X, top)], true);
                if (state != Verdict.Certified)
                    lines.AddPoly([new(low.X, low.Y), new(right, top)], false);
                if (state == Verdict.Falsified)
                    lines.AddPoly([new(low.X, top), new(right, low.Y)], false);
            }

            using SKPaint fill = new() { Color = colour.ToSKColor() },
                stroke =
                    new()
                    {
                        Color = Chart.InkColour.ToSKColor(),
                        IsStroke = true,
                        StrokeWidth = border,
                    };
            using SKPath area = areas.Detach(), line = lines.Detach();
            rp.Canvas.DrawPath(area, fill);
            rp.Canvas.DrawPath(area, stroke);
            rp.Canvas.DrawPath(line, stroke);
        }
    }
}

/// <summary>A counterexample in the parameter plane.</summary>
/// <param name="X">The first parameter's value.</param>
/// <param name="Y">The second parameter's value.</param>
/// <param name="Text">What its tooltip says.</param>
internal sealed record PlaneMark(double X, double Y, string Text);
