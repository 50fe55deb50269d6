using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using KeypointRobustness.Pictures;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Reports;

/// <summary>Builds one HTML page that needs nothing beside itself: styles, plots and pictures are inside. Text is encoded.</summary>
/// <param name="title">The page's title and first heading.</param>
internal sealed partial class HtmlReport(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2228; --paper: #fff; --line: #8885; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --paper: #15181c; } }
        * { box-sizing: border-box; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink);
          background: var(--paper); overflow-wrap: anywhere; }
        h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.4rem; }
        h3 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
        .lead { font-size: 1.15rem; border-left: 4px solid #009e73; padding-left: .8rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .92rem; } dt { opacity: .75; }
        dd { margin: 0; }
        .table { overflow-x: auto; margin: 1.2rem 0; } .table td, .table th { overflow-wrap: normal; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
        .caption { font-size: .9rem; opacity: .8; margin: 1.2rem 0 -.6rem; }
        th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
        th { vertical-align: bottom; line-height: 1.2; } td:not(:first-child) { white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid #888; }
        figure { margin: 1.2rem 0; } figcaption { font-size: .9rem; opacity: .85; } img, svg { max-width: 100%; height: auto; }
        img { min-width: min(100%, 20rem); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
        .pair figure { margin: .4rem 0; }
        svg.keypoints { width: 100%; display: block; border-radius: 4px; } svg.keypoints g:hover { filter: brightness(1.5); }
        svg.many .tolerance { visibility: hidden; } svg.many g:hover .tolerance { visibility: visible; }
        ul.legend { list-style: none; padding: 0; margin: .4rem 0; display: grid;
          grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .1rem 1rem; font-size: .92rem; }
        ul.legend svg { width: 14px; height: 14px; vertical-align: -2px; }
        @media (max-width: 480px) { body { margin: 1rem auto; } th, td { padding: .25rem .35rem; } table { font-size: .82rem; }
          dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
          .cards thead { display: none; } .cards tr { display: block; margin-bottom: .8rem; }
          .cards td { display: flex; white-space: normal; justify-content: space-between; gap: 1rem; }
          .cards td::before { content: attr(data-label); opacity: .75; text-align: left; } .cards td:first-child { font-weight: bold; } }
        @media print { :root { --ink: #000; --paper: #fff; } figure, tr, section.image { break-inside: avoid; }
          details:not([open]) { display: none; } body { margin: 0; padding: 0; max-width: none; } .table { overflow-x: visible; }
          .table table { font-size: .72rem; } .table th, .table td { padding: .2rem .3rem; } }
        """;

    /// <summary>The name of the list that says when and by which command a page was written.</summary>
    public const string Run = "run";

    private readonly StringBuilder _body = new();

    /// <summary>Adds a heading of a section.</summary>
    public HtmlReport AddHeading(string text) => Add($"<h2>{Encode(text)}</h2>");

    /// <summary>Adds a paragraph of plain text.</summary>
    public HtmlReport AddParagraph(string text) => Add($"<p>{Encode(text)}</p>");

    /// <summary>Adds the outcome in a sentence, which stands out.</summary>
    public HtmlReport AddLead(string text) => Add($"<p class=\"lead\">{Encode(text)}</p>");

    /// <summary>Adds a heading of a part of a section.</summary>
    public HtmlReport AddSubheading(string text) => Add($"<h3>{Encode(text)}</h3>");

    /// <summary>Adds names with values.</summary>
    /// <param name="facts">The names and values.</param>
    /// <param name="name">What stylesheets and tests call the list.</param>
    public HtmlReport AddFacts(IEnumerable<(string Name, string Value)> facts, string name = "facts") =>
        Add($"<dl class=\"{name}\">{Each(facts, fact => $"<dt>{Encode(fact.Name)}</dt><dd>{Encode(fact.Value)}</dd>")}</dl>");

    /// <summary>Adds figures side by side, below each other where there is no room.</summary>
    public HtmlReport AddFigures(params IEnumerable<(string Svg, string Caption)> figures)
    {
        Add("<div class=\"pair\">");
        foreach (var (svg, caption) in figures)
            AddFigure(svg, caption);
        return Add("</div>");
    }

    /// <summary>Adds what the numbers and markers of a keypoint figure are.</summary>
    public HtmlReport AddLegend(IEnumerable<(Verdict Verdict, string Text)> entries)
    {
        return Add($"<ul class=\"legend\">{Each(entries, entry => $"<li>{Marker(entry.Verdict)} {Encode(entry.Text)}</li>")}</ul>");

        static string Marker(Verdict verdict) =>
            $"<svg viewBox=\"0 0 16 16\"><path fill=\"{Palette.Of(verdict)}\" d=\"{KeypointFigure.Marker(8, 8, 6, verdict)}\"/></svg>";
    }

    /// <summary>Adds a table; its first column is aligned left, the others right.</summary>
    /// <param name="headers">Column headings.</param>
    /// <param name="rows">Rows of as many cells.</param>
    /// <param name="caption">What the table shows; empty for no caption.</param>
    /// <param name="cards">Whether a narrow page shows each row as a card instead of having the table scroll.</param>
    /// <exception cref="ArgumentException">A row has another number of cells than there are headings.</exception>
    public HtmlReport AddTable(
        IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, string caption = "", bool cards = false)
    {
        if (caption.Length > 0)
            Add($"<p class=\"caption\">{Encode(caption)}</p>");
        Add($"<div class=\"table\"><table{(cards ? " class=\"cards\"" : string.Empty)}>");

        Add($"<thead><tr>{Each(headers, header => $"<th scope=\"col\">{Encode(header)}</th>")}</tr></thead><tbody>");
        foreach (var row in rows)
        {
            if (row.Count != headers.Count)
                throw new ArgumentException($"A row has {row.Count} cells for {headers.Count} headings.", nameof(rows));
            Add($"<tr>{Each(row.Zip(headers), cell => $"<td{Label(cell.Second)}>{Encode(cell.First)}</td>")}</tr>");
        }

        return Add("</tbody></table></div>");

        string Label(string header) => cards ? $" data-label=\"{Encode(header)}\"" : string.Empty;
    }

    /// <summary>Adds a plot.</summary>
    /// <param name="svg">An svg element from <see cref="Chart"/>; it goes in as it is.</param>
    /// <param name="caption">What it shows.</param>
    public HtmlReport AddFigure(string svg, string caption) =>
        Add($"<figure>{svg}<figcaption>{Encode(caption)}</figcaption></figure>");

    /// <summary>Adds a picture.</summary>
    /// <param name="png">A PNG file's bytes.</param>
    /// <param name="caption">What it shows.</param>
    public HtmlReport AddPicture(byte[] png, string caption)
    {
        var text = Encode(caption);
        return Add(
            $"<figure><img alt=\"{text}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/>"
            + $"<figcaption>{text}</figcaption></figure>");
    }

    /// <summary>The whole page so far; well-formed as XML too.</summary>
    public string ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>{Encode(title)}</title><style>
        {Style}
        </style></head><body>
        <h1>{Encode(title)}</h1>
        {_body}</body></html>

        """;

    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(ToHtml()));

    /// <summary>
    /// A file's bytes; of a page without what says when and by which command it was written, so that pages of the same results are the
    /// same.
    /// </summary>
    public static byte[] Content(string path) => Path.GetExtension(path) != ".html" ? File.ReadAllBytes(path)
        : Encoding.UTF8.GetBytes(WhenWritten().Replace(File.ReadAllText(path), string.Empty, 1));

    [GeneratedRegex($"<dl class=\"{Run}\">.*?</dl>")]
    private static partial Regex WhenWritten();

    private static string Each<T>(IEnumerable<T> items, Func<T, string> html) => string.Concat(items.Select(html));

    private static string Encode(string text) => WebUtility.HtmlEncode(Chart.Clean(text));

    private HtmlReport Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }
}
