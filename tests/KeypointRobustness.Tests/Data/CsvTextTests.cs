using KeypointRobustness.Data;

namespace KeypointRobustness.Tests.Data;

[TestFixture]
internal sealed class CsvTextTests
{
    [TestCase("a,b,c", "a|b|c")]
    [TestCase("a,,", "a||")]
    [TestCase(",", "|")]
    [TestCase("\"a,b\",c", "a,b|c")]
    [TestCase("\"say \"\"hi\"\"\",c", "say \"hi\"|c")]
    [TestCase("\"two\nlines\",c", "two\nlines|c")]
    [TestCase("a,b\r\n", "a|b")]
    [TestCase("6\" wheel,b", "6\" wheel|b")]
    public void SplitsOneRow(string text, string expected)
    {
        var row = CsvText.Parse(text, "f.csv").Single();

        Assert.That(string.Join('|', row.Cells), Is.EqualTo(expected));
    }

    [Test]
    public void CountsBlankAndQuotedLines()
    {
        var rows = CsvText.Parse("a\n\n\"b\nb\"\nc\n", "f.csv");

        Assert.That(rows.Select(r => r.Line), Is.EqualTo(new[] { 1, 3, 5 }));
    }

    [Test]
    public void EmptyTextHasNoRows() => Assert.That(CsvText.Parse("", "f.csv"), Is.Empty);

    [Test]
    public void OpenQuoteNamesFileAndRow() =>
        Assert.That(
            () => CsvText.Parse("a\n\"b,c\n", "f.csv"),
            Throws.TypeOf<DataException>().With.Message.Contains("f.csv, row 2"));
}
