using System.Text;
using RobustPruning.Data.Formats;

namespace RobustPruning.Data.Tests.Formats;

[TestFixture]
internal sealed class CsvTableTests
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
        var row = CsvTable.Parse(text, "f.csv").Rows.Single();

        Assert.That(string.Join('|', row.Cells), Is.EqualTo(expected));
    }

    [Test]
    public void CountsBlankAndQuotedLines()
    {
        var rows = CsvTable.Parse("a\n\n\"b\nb\"\nc\n", "f.csv").Rows;

        Assert.That(rows.Select(r => r.Line), Is.EqualTo(new[] { 1, 3, 5 }));
    }

    [Test]
    public void EmptyTextHasNoRows() => Assert.That(CsvTable.Parse("", "f.csv").Rows, Is.Empty);

    [Test]
    public void OpenQuoteNamesFileAndRow() =>
        Assert.That(
            () => CsvTable.Parse("a\n\"b,c\n", "f.csv"),
            Throws.TypeOf<DataException>().With.Message.Contains("f.csv, row 2"));

    [Test]
    public void TextAfterAClosingQuoteNamesFileAndRow() => Assert.That(
        () => CsvTable.Parse("a,b\n\"b\"c,d\n", "f.csv"), Throws.TypeOf<DataException>().With.Message.Contains("f.csv, row 2"));

    [TestCase("a;b;c\n1;2;3\n", ';')]
    [TestCase("a\tb\n1\t2\n", '\t')]
    [TestCase("a,b;c\n", ',')]
    public void SeparatorIsTheOneThatTheFirstLineHasMostOf(string text, char separator) =>
        Assert.That(CsvTable.Parse(text, "f.csv").Rows[0].Cells, Has.Count.EqualTo(text.Split('\n')[0].Count(c => c == separator) + 1));

    [Test]
    public void EncodingsAreTold([Values("utf-8", "utf-8 with mark", "utf-16", "utf-16BE", "latin1")] string name)
    {
        using var folder = new TemporaryFolder();
        const string text = "image,nose_x\nKöln.png,1\n";
        Encoding encoding = name switch
        {
            "utf-8" => new UTF8Encoding(false),
            "utf-8 with mark" => new UTF8Encoding(true),
            "latin1" => Encoding.Latin1,
            _ => Encoding.GetEncoding(name),
        };
        File.WriteAllText(folder.File("a.csv"), text, encoding);

        var table = CsvTable.Read(folder.File("a.csv"));

        Assert.That(table.Rows[1].Cells[0], Is.EqualTo("Köln.png"));
        Assert.That(table.Notes, name == "latin1" ? Has.One.Contains("Latin-1") : Is.Empty);
    }

    [TestCase(new byte[] { 97, 0, 44, 0 })]
    [TestCase(new byte[] { 255, 0, 1, 2 })]
    public void BinaryFilesAreRefused(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.csv"), bytes);

        Assert.That(
            () => CsvTable.Read(folder.File("a.csv")),
            Throws.TypeOf<DataException>().With.Message.Contains("a.csv is not a text file"));
    }

    [Test]
    public void DecimalCommasAreReadWhereTheSeparatorIsNone()
    {
        var table = CsvTable.Parse("a;1,5;2\nb;3;4,25", "f.csv");

        Assert.That(table.Number(table.Rows[0], 1, "x"), Is.EqualTo(1.5));
        Assert.That(table.Number(table.Rows[1], 2, "y"), Is.EqualTo(4.25));
    }

    [Test]
    public void DecimalCommasAndPointsInOneFileAreRefused()
    {
        var table = CsvTable.Parse("a;1,5;2.5", "f.csv");
        table.Number(table.Rows[0], 1, "x");

        Assert.That(() => table.Number(table.Rows[0], 2, "y"), Throws.TypeOf<DataException>().With.Message.Contains("row 1, column 3 (y)"));
    }
}
