using KeypointRobustness.Reports;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed class MarkdownReportTests
{
    [Test]
    public void TablesAreAligned()
    {
        var text = new MarkdownReport("t").AddHeading("h").AddTable(["row", "a|b"], [["x", "1"]], "c").ToString();
        Assert.That(text, Is.EqualTo("# t\n\n## h\n\nc\n\n| row | a\\|b |\n| --- | ---: |\n| x | 1 |\n"));
    }
}
