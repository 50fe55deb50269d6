using System.Text;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Reports;

/// <summary>Builds a Markdown page of text and tables.</summary>
/// <param name="title">The page's first heading.</param>
internal sealed class MarkdownReport(string title)
{
    private readonly StringBuilder _text = new($"# {title}\n");

    /// <summary>Adds a heading of a section.</summary>
    public MarkdownReport AddHeading(string text) => Add($"## {text}");

    /// <summary>Adds a paragraph.</summary>
    public MarkdownReport AddParagraph(string text) => Add(text);

    /// <summary>Adds a table; its first column is aligned left, the others right.</summary>
    /// <param name="headers">Column headings.</param>
    /// <param name="rows">Rows of as many cells.</param>
    /// <param name="caption">What the table shows.</param>
    public MarkdownReport AddTable(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, string caption)
    {
        Add(caption);
        return Add(
            string.Join(
                '\n',
                rows.Select(Line).Prepend(Line([.. headers.Select((_, column) => column == 0 ? "---" : "---:")])).Prepend(Line(headers))));
    }

    /// <summary>The whole page so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(ToString()));

    private static string Line(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|")))} |";

    private MarkdownReport Add(string text)
    {
        _text.Append('\n').Append(text).Append('\n');
        return this;
    }
}
