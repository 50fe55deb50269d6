using System.Xml.Linq;
using KeypointRobustness.Pictures;
using KeypointRobustness.Reports;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Tests;

namespace KeypointRobustness.Tests.Pictures;

[TestFixture]
internal sealed class KeypointFigureTests
{
    private const double Infinity = double.PositiveInfinity;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [TestCase(Verdict.Certified)]
    [TestCase(Verdict.Falsified)]
    [TestCase(Verdict.Unknown)]
    public void AMarkerHasTheVerdictsColourAtTheKeypointAndSaysItsName(Verdict verdict)
    {
        var root = Parse(KeypointFigure.Draw(ShownImage.Of(TestImages.Noise(8, 8)), [new KeypointMark(3, "nose", (3, 2), verdict)], "d"));

        var group = root.Element(Svg + "g")!;
        Assert.That(group.Element(Svg + "title")!.Value, Is.EqualTo("3 nose"));
        Assert.That(group.Element(Svg + "text")!.Value, Is.EqualTo("3"));
        var marker = group.Elements(Svg + "path").Last();
        Assert.That((string)marker.Attribute("fill")!, Is.EqualTo(Palette.Of(verdict)));
        Assert.That(marker.Attribute("d")!.Value, Is.EqualTo(KeypointFigure.Marker(3.5 * 80, 2.5 * 80, 6, verdict)));
    }

    [Test]
    public void MarkersOfVerdictsDifferInShape() =>
        Assert.That(
            new[] { Verdict.Certified, Verdict.Falsified, Verdict.Unknown }.Select(verdict => KeypointFigure.Marker(0, 0, 6, verdict)),
            Is.Unique);

    [Test]
    public void InfiniteAndUndefinedRangesStillDraw()
    {
        KeypointMark[] marks =
        [
            new(1, "a", (1, 1), Verdict.Unknown) { Label = (2, 2), Range = ((-Infinity, -Infinity), (Infinity, Infinity)) },
            new(2, "b", (1, 1), Verdict.Unknown) { Range = ((double.NaN, double.NaN), (double.NaN, double.NaN)) },
            new(3, "ünïcode ± <name> \a", (-50, 900), Verdict.Falsified) { From = (1, 1), Tolerance = ((0, 0), (2, 2)) },
        ];
        var root = Parse(KeypointFigure.Draw(ShownImage.Of(TestImages.Noise(8, 8)), marks, "d & e"));

        Assert.That(root.Elements(Svg + "g").Select(group => group.Elements(Svg + "rect").Count()), Is.EqualTo(new[] { 2, 0, 1 }));
        Assert.That(
            root.Descendants(Svg + "rect").Attributes().Select(attribute => attribute.Value),
            Has.None.Contains("∞").And.None.Contains("NaN"));
    }

    [Test]
    public void AFineImageShowsPointsOfTheInputWhereTheyAreInTheOriginal()
    {
        // The original is wider than high, and the square input has black above and below it.
        var random = new Random(FreshSeedsAttribute.Current);
        int width = random.Next(40, 300), height = random.Next(20, width);
        var placement = new ImagePlacement(height, width, 0, -(width - height) / 2.0, width, width, 32, 32);
        var (rows, columns) = ShownImage.SizeOf(placement);
        Assert.That((rows, columns), Is.EqualTo((width, width)));
        var shown = ShownImage.Cut(TestImages.Noise(rows, columns), placement);

        Assert.That(shown.Pixels.Width, Is.EqualTo(width));
        Assert.That(shown.Pixels.Height, Is.EqualTo(height).Within(1));
        double x = 32 * random.NextDouble(), y = 32 * random.NextDouble();
        var (originalX, originalY) = placement.ToOriginal(x, y);
        Assert.That(((x + 0.5) * shown.FactorX) - shown.Left, Is.EqualTo(originalX + 0.5).Within(1e-9));
        Assert.That(((y + 0.5) * shown.FactorY) - shown.Top, Is.EqualTo(originalY + 0.5).Within(0.51), "the cut is at a whole pixel");
    }

    [Test]
    public void TheCutHoldsThePixelsOfTheOriginal()
    {
        var window = TestImages.Noise(10, 10);
        var shown = ShownImage.Cut(window, new ImagePlacement(6, 10, 0, -2, 10, 10, 5, 5));

        Assert.That((shown.Pixels.Height, shown.Pixels.Width, shown.Top, shown.FactorX), Is.EqualTo((6, 10, 2, 2.0)));
        Assert.That(shown.Pixels[1, 0, 3], Is.EqualTo(window[1, 2, 3]));
        Assert.That(shown.Pixels[2, 5, 9], Is.EqualTo(window[2, 7, 9]));
    }

    private static XElement Parse(string svg) => XDocument.Parse(svg).Root!;
}
