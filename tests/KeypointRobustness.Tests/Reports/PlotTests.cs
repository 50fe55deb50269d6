using System.Xml.Linq;
using KeypointRobustness.Reports;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed class PlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly PlotLabels Labels = new("Tom & \"Jerry\" <1>", "x < y", "y & z");

    [Test]
    public void GroupedBarsAreWellFormedAndAsHighAsTheirValues()
    {
        var root = Parse(BarChart.Grouped(Labels, ["a", "b"], [new("one", [1, 2]), new("two", [4, double.NaN])]));

        var heights = root.Elements(Svg + "rect").Select(r => (double)r.Attribute("height")!).ToArray();
        Assert.That(heights, Has.Length.EqualTo(3), "NaN has no bar");
        Assert.That(heights[1] / heights[0], Is.EqualTo(4).Within(0.01));
        Assert.That(root.Element(Svg + "title")!.Value, Is.EqualTo(Labels.Title));
    }

    [Test]
    public void StackedBarsStandOnEachOther()
    {
        var root = Parse(BarChart.Stacked(Labels, ["a"], [new("one", [3], Palette.Certified), new("two", [0]), new("three", [6])]));

        var bars = root.Elements(Svg + "rect").ToArray();
        Assert.That(bars, Has.Length.EqualTo(2));
        Assert.That(Top(bars[0]), Is.EqualTo(Bottom(bars[1])).Within(0.02));
    }

    [Test]
    public void NegativeBarsHangFromZero()
    {
        var root = Parse(BarChart.Grouped(Labels, ["a", "b"], [new("one", [-1, 1])]));

        var bars = root.Elements(Svg + "rect").ToArray();
        Assert.That(Top(bars[0]), Is.EqualTo(Bottom(bars[1])).Within(0.02));
    }

    [Test]
    public void BadBarsAreRefused()
    {
        Assert.That(() => BarChart.Grouped(Labels, ["a"], [new("one", [1, 2])]), Throws.ArgumentException.With.Message.Contains("one"));
        Assert.That(() => BarChart.Grouped(Labels, [], []), Throws.ArgumentException);
        Assert.That(() => BarChart.Stacked(Labels, ["a"], [new("one", [-1])]), Throws.ArgumentException);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void PlotsLeaveOutWhatTheyCannotShow(bool logarithmic)
    {
        PointSeries[] series =
        [
            new("a <b>", [(1, 10), (2, 1000), (3, double.PositiveInfinity), (double.NaN, 1)]),
            new("c", [(0.5, 1), (1, 0)]),
            new("none", []),
        ];

        var scatter = Parse(XyPlot.Scatter(Labels, series, logarithmicY: logarithmic));
        var lines = Parse(XyPlot.Lines(Labels, series, logarithmicY: logarithmic));

        // Two circles and one for the legend; two squares, of which 0 has no logarithm, and one for the legend.
        Assert.That(scatter.Elements(Svg + "circle").Count(), Is.EqualTo(3));
        Assert.That(lines.Elements(Svg + "polyline").Count(), Is.EqualTo(logarithmic ? 1 : 2));
        Assert.That(scatter.ToString(), Does.Not.Contain("NaN"));
    }

    [Test]
    public void LabelsOfPointsThatLieTogetherDoNotOverlap()
    {
        string[] names = ["first", "second", "third", "fourth"];
        var root = Parse(XyPlot.Scatter(Labels, [new("s", [(1, 1), (1, 1.001), (1.001, 1), (2, 2)], Labels: names)]));

        var places = root.Elements(Svg + "text").Where(text => names.Contains(text.Value)).Select(text => ((double)text.Attribute("x")!, (double)text.Attribute("y")!)).ToList();
        Assert.That(places, Has.Count.EqualTo(4));
        foreach (var (one, other) in places.Take(3).SelectMany((one, index) => places.Take(index).Select(other => (one, other))))
            Assert.That(Math.Abs(one.Item2 - other.Item2) >= 12 || Math.Abs(one.Item1 - other.Item1) > 20, $"{one} and {other}");
    }

    [Test]
    public void EmptyConstantAndControlCharacterInputsStayWellFormed()
    {
        Parse(XyPlot.Scatter(Labels, []));
        Parse(XyPlot.Lines(Labels, [new("a", [(2, 2), (2, 2)])], true, true));
        Parse(BarChart.Stacked(new("bell \a", "", ""), [new string('n', 80), "b"], [new("one", [0, 0])]));
    }

    private static double Top(XElement bar) => (double)bar.Attribute("y")!;

    private static double Bottom(XElement bar) => Top(bar) + (double)bar.Attribute("height")!;

    private static XElement Parse(string svg)
    {
        var root = XDocument.Parse(svg).Root!;
        Assert.That(root.Name, Is.EqualTo(Svg + "svg"));
        return root;
    }
}
