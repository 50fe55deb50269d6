using System.Xml.Linq;
using KeypointRobustness.Reports;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed class HeatMapTests
{
    private static readonly PlotLabels Labels = new("a & b", "channels", "deviation");

    [Test]
    public void EveryValueHasACellThatFillsItsRow()
    {
        var cells = XDocument.Parse(HeatMap.Draw(Labels, [("wide", [1, 10, 100]), ("narrow", [0])], [1, 100])).Descendants()
            .Where(element => element.Name.LocalName == "rect").ToList();

        Assert.That(cells, Has.Count.EqualTo(4));
        Assert.That((double)cells[3].Attribute("width")!, Is.EqualTo(3 * (double)cells[0].Attribute("width")!).Within(1));
        Assert.That(cells.Select(cell => (string)cell.Attribute("fill")!), Is.EqualTo(new[] { HeatMap.Colour(0), HeatMap.Colour(0.5), HeatMap.Colour(1), HeatMap.Colour(0) }));
    }

    [Test]
    public void ColoursGrowDarkerWithTheValue()
    {
        var light = Enumerable.Range(0, 21).Select(step => Luma(HeatMap.Colour(step / 20.0))).ToList();
        Assert.That(light, Is.Ordered.Descending);
        Assert.That(HeatMap.Colour(double.NaN), Is.EqualTo(HeatMap.Colour(-1)));
    }

    [Test]
    public void NoRowIsRefused() => Assert.That(() => HeatMap.Draw(Labels, [], []), Throws.ArgumentException);

    private static double Luma(string colour) =>
        (0.299 * Convert.ToInt32(colour[1..3], 16)) + (0.587 * Convert.ToInt32(colour[3..5], 16)) + (0.114 * Convert.ToInt32(colour[5..7], 16));
}
