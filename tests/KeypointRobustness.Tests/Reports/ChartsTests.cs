using System.Globalization;
using System.Xml.Linq;
using KeypointRobustness.Reports;
using RobustPruning.Certification;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed class ChartsTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly PlotLabels Labels = new("Tom & \"Jerry\" <1>", "x < y", "y & z");
    private static readonly string[] Verdicts = [Palette.Of(Verdict.Certified), Palette.Of(Verdict.Falsified)];

    [Test]
    public void GroupedBarsAreWellFormedAndAsHighAsTheirValues()
    {
        var root = Parse(
            Charts.GroupedBars(Labels, ["a", "b"], [new("one", [1, 2], Verdicts[0]), new("two", [4, double.NaN], Verdicts[1])]));

        var (ones, twos) = (Bars(root, Verdicts[0]), Bars(root, Verdicts[1]));
        Assert.That((ones.Length, twos.Length), Is.EqualTo((2, 1)), "NaN has no bar");
        Assert.That(ones[1].Height / ones[0].Height, Is.EqualTo(2).Within(0.05));
        Assert.That(twos[0].Height / ones[0].Height, Is.EqualTo(4).Within(0.05));
        Assert.That(root.Element(Svg + "title")!.Value, Is.EqualTo(Labels.Title));
    }

    [Test]
    public void StackedBarsStandOnEachOther()
    {
        var root = Parse(
            Charts.StackedBars(Labels, ["a"], [new("one", [3], Verdicts[0]), new("two", [0]), new("three", [6], Verdicts[1])]));

        var (lower, upper) = (Bars(root, Verdicts[0]).Single(), Bars(root, Verdicts[1]).Single());
        Assert.That(lower.Top, Is.EqualTo(upper.Top + upper.Height).Within(0.05));
        Assert.That(upper.Height / lower.Height, Is.EqualTo(2).Within(0.05));
    }

    [Test]
    public void NegativeBarsHangFromZero()
    {
        var bars = Bars(Parse(Charts.GroupedBars(Labels, ["a", "b"], [new("one", [-1, 1], Verdicts[0])])), Verdicts[0]);

        Assert.That(bars[0].Top, Is.EqualTo(bars[1].Top + bars[1].Height).Within(0.05));
    }

    [Test]
    public void BadBarsAreRefused()
    {
        Assert.That(() => Charts.GroupedBars(Labels, ["a"], [new("one", [1, 2])]), Throws.ArgumentException.With.Message.Contains("one"));
        Assert.That(() => Charts.GroupedBars(Labels, [], []), Throws.ArgumentException);
        Assert.That(() => Charts.StackedBars(Labels, ["a"], [new("one", [-1])]), Throws.ArgumentException);
        Assert.That(() => Charts.HeatMap(Labels, [], []), Throws.ArgumentException);
    }

    [TestCase(false, 5)]
    [TestCase(true, 4)]
    public void PlotsLeaveOutWhatTheyCannotShow(bool logarithmic, int shown)
    {
        PointSeries[] series =
        [
            new("a <b>", [(1, 10), (2, 1000), (3, double.PositiveInfinity), (double.NaN, 1)]),
            new("c", [(0.5, 1), (1, 0), (2, 2)]),
            new("none", []),
        ];
        foreach (var lines in new[] { false, true })
        {
            var root = Parse(Charts.Points(Labels, series, lines, logarithmicY: logarithmic));
            var tips = root.Elements(Svg + "circle").Select(circle => circle.Value).ToList();
            Assert.That(tips, Has.Count.EqualTo(shown), "0 has no logarithm");
            Assert.That(tips, Has.One.EqualTo("a <b>: x < y 2, y & z 1,000"));
            Assert.That(root.ToString(), Does.Not.Contain("NaN").And.Contain("a &lt;b&gt;"));
        }
    }

    [Test]
    public void AxesGrowToTheRightAndUp([Values] bool logarithmic)
    {
        var tips = Parse(
                Charts.Points(Labels, [new("s", [(1, 1), (10, 5), (100, 2)])], logarithmicX: logarithmic, logarithmicY: logarithmic))
            .Elements(Svg + "circle")
            .ToList();

        Assert.That(tips.Select(tip => (double)tip.Attribute("cx")!), Is.Ordered.Ascending);
        Assert.That(
            tips.OrderBy(tip => (double)tip.Attribute("cy")!).Select(tip => tip.Value.Split(' ')[^1]),
            Is.EqualTo(new[] { "5", "2", "1" }),
            "SVG counts downwards");
        var middle =
            ((double)tips[1].Attribute("cx")! - (double)tips[0].Attribute("cx")!)
            / ((double)tips[2].Attribute("cx")! - (double)tips[0].Attribute("cx")!);
        Assert.That(middle, Is.EqualTo(logarithmic ? 0.5 : 9 / 99.0).Within(0.01));
    }

    [Test]
    public void HeatMapsGiveEveryValueACellThatFillsItsRow()
    {
        var root = Parse(Charts.HeatMap(Labels, [("wide", [1, 10, 100]), ("narrow", [0])], [1, 100]));

        var (low, high) = (Bars(root, Charts.HeatColour(0).ToHex()), Bars(root, Charts.HeatColour(1).ToHex()));
        Assert.That(low.Max(cell => cell.Width), Is.EqualTo(3 * low.Where(cell => cell.Width > 30).Min(cell => cell.Width)).Within(1));
        Assert.That(high, Has.Length.EqualTo(1), "its key is small");
    }

    [Test]
    public void HeatColoursGrowDarkerWithTheValue()
    {
        Assert.That(
            Enumerable
                .Range(0, 21)
                .Select(step => Charts.HeatColour(step / 20.0))
                .Select(colour => (0.299 * colour.R) + (0.587 * colour.G) + (0.114 * colour.B)),
            Is.Ordered.Descending);
        Assert.That(Charts.HeatColour(double.NaN), Is.EqualTo(Charts.HeatColour(-1)));
    }

    [Test]
    public void EmptyConstantAndControlCharacterInputsStayWellFormed()
    {
        Parse(Charts.Points(Labels, []));
        Parse(Charts.Points(Labels, [new("a", [(2, 2), (2, 2)])], true, true, true));
        Parse(Charts.StackedBars(new("bell \a", "", ""), [new string('n', 80), "b"], [new("one", [0, 0])]));
    }

    [Test]
    public void TextIsDrawnInTheColourOfThePageAndAsWideAsItWasLaidOut()
    {
        var root = Parse(Charts.Points(Labels, [new("s", [(1, 1), (2, 2)])]));

        var texts = root.Descendants(Svg + "text").ToList();
        Assert.That(texts.Select(text => text.Value), Is.SupersetOf(new[] { Labels.Title, Labels.X, Labels.Y, "1", "2" }));
        Assert.That(texts.Select(text => (double)text.Attribute("textLength")!), Is.All.GreaterThan(0));
        Assert.That(root.ToString(), Does.Not.Contain("#010203").And.Contain("currentColor"));
    }

    [Test]
    public void DrawingsOfAPageDoNotShareNames()
    {
        string[] plots = [.. Enumerable.Range(1, 3).Select(last => Charts.Points(Labels, [new("s", [(1, 1), (2, last)])]))];
        var names = plots
            .Select(plot => Parse(plot).Descendants(Svg + "clipPath").Select(clip => clip.Attribute("id")!.Value).ToHashSet())
            .ToList();
        Assert.That(names.SelectMany(name => name), Is.Unique);
        foreach (var (plot, own) in plots.Zip(names))
            Assert.That(Parse(plot).Descendants().Attributes("clip-path").Select(clip => clip.Value[5..^1]), Is.SubsetOf(own));
        Assert.That(Charts.Points(Labels, [new("s", [(1, 1), (2, 3)])]), Is.EqualTo(plots[2]), "the same plot has the same bytes");
    }

    [TestCase(0, "0")]
    [TestCase(1234.5678, "1,234.5678")]
    [TestCase(0.00012, "1.2e-4")]
    [TestCase(2e7, "2e+7")]
    public void ValuesAreWrittenShort(double value, string text) => Assert.That(Chart.Format(value), Is.EqualTo(text));

    [Test]
    public void AFileOfItsOwnReadsOnDarkScreens()
    {
        using var folder = new TemporaryFolder();
        Chart.Save(folder.File("a.svg"), Charts.Points(Labels, []));

        Assert.That(XDocument.Load(folder.File("a.svg")).Root!.Element(Svg + "style")!.Value, Does.Contain("prefers-color-scheme:dark"));
    }

    private static (double Left, double Top, double Width, double Height)[] Bars(XElement root, string colour) =>
        [
            .. root.Descendants(Svg + "rect")
                .Where(rect => string.Equals((string?)rect.Attribute("fill"), colour, StringComparison.OrdinalIgnoreCase))
                .Select(rect => (Number(rect, "x"), Number(rect, "y"), Number(rect, "width"), Number(rect, "height")))
                .Where(rect => rect.Item4 > 12 || rect.Item3 > 30),
        ];

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)?.Value ?? "0", CultureInfo.InvariantCulture);

    private static XElement Parse(string svg)
    {
        var root = XDocument.Parse(svg).Root!;
        Assert.That(root.Name, Is.EqualTo(Svg + "svg"));
        return root;
    }
}
