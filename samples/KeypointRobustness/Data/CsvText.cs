using System.Text;

namespace KeypointRobustness.Data;

/// <summary>Splits comma-separated text as RFC 4180 describes it: cells in double quotes may hold commas, line ends and "".</summary>
internal static class CsvText
{
    /// <summary>Splits text into rows. Blank lines are left out but counted.</summary>
    /// <param name="text">The text; lines end in LF or CRLF.</param>
    /// <param name="path">What messages call the file.</param>
    /// <exception cref="DataException">A quote is never closed.</exception>
    public static IReadOnlyList<CsvRow> Parse(string text, string path)
    {
        var rows = new List<CsvRow>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        var (line, rowLine, quoteLine) = (1, 1, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            line += c == '\n' ? 1 : 0;
            if (quoteLine > 0)
            {
                if (c != '"')
                {
                    cell.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append(text[++i]);
                }
                else
                {
                    quoteLine = 0;
                }
            }
            else if (c == '"' && cell.Length == 0)
            {
                quoteLine = line;
            }
            else if (c == ',')
            {
                cells.Add(Take(cell));
            }
            else if (c == '\n')
            {
                EndRow();
            }
            else if (c != '\r')
            {
                cell.Append(c);
            }
        }

        if (quoteLine > 0)
        {
            throw new DataException($"{path}, row {quoteLine}: a quote is opened and never closed.");
        }

        EndRow();
        return rows;

        void EndRow()
        {
            cells.Add(Take(cell));
            if (cells.Count > 1 || cells[0].Length > 0)
            {
                rows.Add(new CsvRow(rowLine, cells.ToArray()));
            }

            cells.Clear();
            rowLine = line;
        }
    }

    private static string Take(StringBuilder cell)
    {
        var text = cell.ToString();
        cell.Clear();
        return text;
    }
}
