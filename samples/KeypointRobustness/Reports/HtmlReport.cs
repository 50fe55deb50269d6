using System.Text;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Reports;

/// <summary>Builds one HTML page that needs nothing beside itself: styles, plots and pictures are inside. Text is encoded.</summary>
/// <param name="title">The page's title and first heading.</param>
internal sealed class HtmlReport(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        body { color: #1d2228; background: #fff; }
        h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
        .table { overflow-x: auto; margin: 1.2rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-size: .9rem; opacity: .8; padding-bottom: .4rem; }
        th, td { padding: .3rem .8rem; border-bottom: 1px solid #8885; text-align: right; }
        th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid #888; }
        figure { margin: 1.5rem 0; } figcaption { font-size: .9rem; opacity: .8; } img { max-width: 100%; height: auto; }
        @media (prefers-color-scheme: dark) { body { color: #e6e8ea; background: #15181c; } }
        """;

    private readonly StringBuilder _body = new();

    /// <summary>Adds a heading of a section.</summary>
    public HtmlReport AddHeading(string text) => Add($"<h2>{SvgWriter.Encode(text)}</h2>");

    /// <summary>Adds a paragraph of plain text.</summary>
    public HtmlReport AddParagraph(string text) => Add($"<p>{SvgWriter.Encode(text)}</p>");

    /// <summary>Adds a table; its first column is aligned left, the others right.</summary>
    /// <param name="headers">Column headings.</param>
    /// <param name="rows">Rows of as many cells.</param>
    /// <param name="caption">What the table shows; empty for no caption.</param>
    /// <exception cref="ArgumentException">A row has another number of cells than there are headings.</exception>
    public HtmlReport AddTable(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, string caption = "")
    {
        Add("<div class=\"table\"><table>");
        if (caption.Length > 0)
        {
            Add($"<caption>{SvgWriter.Encode(caption)}</caption>");
        }

        Add($"<thead><tr>{string.Concat(headers.Select(h => $"<th scope=\"col\">{SvgWriter.Encode(h)}</th>"))}</tr></thead><tbody>");
        foreach (var row in rows)
        {
            if (row.Count != headers.Count)
            {
                throw new ArgumentException($"A row has {row.Count} cells for {headers.Count} headings.", nameof(rows));
            }

            Add($"<tr>{string.Concat(row.Select(c => $"<td>{SvgWriter.Encode(c)}</td>"))}</tr>");
        }

        return Add("</tbody></table></div>");
    }

    /// <summary>Adds a plot.</summary>
    /// <param name="svg">An svg element from <see cref="BarChart"/> or <see cref="XyPlot"/>; it goes in as it is.</param>
    /// <param name="caption">What it shows.</param>
    public HtmlReport AddFigure(string svg, string caption) =>
        Add($"<figure>{svg}<figcaption>{SvgWriter.Encode(caption)}</figcaption></figure>");

    /// <summary>Adds a picture.</summary>
    /// <param name="png">A PNG file's bytes.</param>
    /// <param name="caption">What it shows.</param>
    public HtmlReport AddPicture(byte[] png, string caption)
    {
        var text = SvgWriter.Encode(caption);
        return Add(
            $"<figure><img alt=\"{text}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/>"
            + $"<figcaption>{text}</figcaption></figure>");
    }

    /// <summary>The whole page so far; well-formed as XML too.</summary>
    public string ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>{SvgWriter.Encode(title)}</title><style>
        {Style}
        </style></head><body>
        <h1>{SvgWriter.Encode(title)}</h1>
        {_body}</body></html>

        """;

    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(ToHtml()));

    private HtmlReport Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }
}
