using System.Xml.Linq;
using KeypointRobustness.Pictures;
using KeypointRobustness.Reports;
using RobustPruning.Certification;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed class HtmlReportTests
{
    private const string Nasty = "<script>alert('x')</script> & \"quotes\"";

    [Test]
    public void EveryTextIsEncoded()
    {
        var html = new HtmlReport(Nasty)
            .AddHeading(Nasty)
            .AddParagraph(Nasty)
            .AddTable(
                [Nasty],
                [
                    [Nasty],
                ],
                Nasty)
            .AddFigure(Charts.GroupedBars(new(Nasty, Nasty, Nasty), [Nasty], [new(Nasty, [1]), new(Nasty, [2])]), Nasty)
            .AddPicture(PngPicture.Encode(TestImages.Noise(2, 2)), Nasty)
            .AddLead(Nasty)
            .AddSubheading(Nasty)
            .AddFacts([(Nasty, Nasty)])
            .AddLegend([(Verdict.Certified, Nasty)])
            .AddFigures(
                (KeypointFigure.Draw(ShownImage.Of(TestImages.Noise(2, 2)), [new(1, Nasty, (0, 0), Verdict.Unknown)], Nasty), Nasty))
            .ToHtml();

        Assert.That(html, Does.Not.Contain("<script"));
        Assert.That(XDocument.Parse(html).Root!.Element("body")!.Element("p")!.Value, Is.EqualTo(Nasty));
    }

    [Test]
    public void PageNeedsNothingBesideItself()
    {
        var html = new HtmlReport("t").AddPicture(PngPicture.Encode(TestImages.Noise(2, 2)), "c").ToHtml();

        var sources = XDocument.Parse(html).Descendants().Attributes().Where(a => a.Name.LocalName is "src" or "href").ToArray();
        Assert.That(sources.Select(s => s.Value), Is.All.StartsWith("data:image/png;base64,iVBOR"));
        Assert.That(html, Does.Not.Contain("url(").And.Not.Contain("@import"));
    }

    [Test]
    public void RowOfAnotherLengthIsRefused() =>
        Assert.That(() => new HtmlReport("t").AddTable(["a", "b"], [["1"]]), Throws.ArgumentException);

    [Test]
    public void SavesAWholeFile()
    {
        using var folder = new TemporaryFolder();
        new HtmlReport("täst").Save(folder.File("out/report.html"));

        Assert.That(XDocument.Load(folder.File("out/report.html")).Root!.Element("head")!.Element("title")!.Value, Is.EqualTo("täst"));
        Assert.That(Directory.GetFiles(folder.File("out")), Has.Length.EqualTo(1));
    }
}
