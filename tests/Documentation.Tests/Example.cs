namespace Documentation.Tests;

/// <summary>A C# block of a page, with what the page hides around it.</summary>
/// <param name="Page">The page, from the repository's root.</param>
/// <param name="Line">The line of the block's first line, from 1.</param>
/// <param name="Setup">Code that runs before: of the page, then of this block.</param>
/// <param name="Code">What the reader sees.</param>
/// <param name="Output">What the page says it prints, or null if it says nothing.</param>
internal sealed record Example(string Page, int Line, string Setup, string Code, string? Output)
{
    /// <summary>The examples of a page, in its order.</summary>
    /// <remarks>
    /// A comment <c>&lt;!-- every example ... --&gt;</c> holds code that runs before each block after it, <c>&lt;!-- this example ...
    /// --&gt;</c> code before the next block alone. A text block straight after a C# block is its output.
    /// </remarks>
    /// <param name="page">The page's name.</param>
    /// <param name="text">The page's text.</param>
    public static IReadOnlyList<Example> Of(string page, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var examples = new List<Example>();
        var (every, once) = ("", "");
        for (var row = 0; row < lines.Length; row++)
        {
            switch (lines[row])
            {
                case "<!-- every example":
                    every = Until("-->", lines, ref row);
                    break;
                case "<!-- this example":
                    once = Until("-->", lines, ref row);
                    break;
                case "```csharp":
                    var first = row + 2;
                    examples.Add(new Example(page, first, every + once, Until("```", lines, ref row), null));
                    once = "";
                    break;
                case "```text" when examples.Count > 0:
                    examples[^1] = examples[^1] with { Output = Until("```", lines, ref row) };
                    break;
            }
        }

        return examples;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Page}:{Line}";

    /// <summary>
    /// The lines after <paramref name="row"/> up to one that is <paramref name="end"/>, where <paramref name="row"/> then is.
    /// </summary>
    private static string Until(string end, string[] lines, ref int row)
    {
        var start = row + 1;
        row = Array.IndexOf(lines, end, start);
        return row >= 0
            ? string.Concat(lines[start..row].Select(line => line + "\n"))
            : throw new InvalidDataException($"line {start}: no {end} follows");
    }
}
