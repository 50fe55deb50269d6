using System.Globalization;
using System.Text;
using CsvHelper;

namespace RobustPruning.Data.Formats;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line of the file it begins on, from 1.</param>
/// <param name="Cells">Its cells, quotes and white space around them removed.</param>
internal sealed record CsvRow(int Line, IReadOnlyList<string> Cells);

/// <summary>A CSV file as rows of cells. Separators are commas, semicolons or tabs, whatever the first line has most of.</summary>
/// <param name="path">What messages call the file.</param>
/// <param name="separator">The separator.</param>
/// <param name="rows">The rows that are not blank.</param>
/// <param name="notes">What was assumed about the text.</param>
internal sealed class CsvTable(string path, char separator, IReadOnlyList<CsvRow> rows, IReadOnlyList<string> notes)
{
    private static readonly string[] Missing = ["", "nan", "na", "n/a", "null", "none", "<na>", "-nan", "#n/a"];

    private bool _points;
    private bool _commas;

    public string Path => path;

    public IReadOnlyList<CsvRow> Rows => rows;

    public IReadOnlyList<string> Notes => notes;

    /// <summary>Reads a file in UTF-8, UTF-16 with its mark, or Latin-1.</summary>
    /// <exception cref="DataException">The file cannot be read, is no text, or has a quote that is never closed.</exception>
    public static CsvTable Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read {path}: {error.Message}", error) { Name = path };
        }

        var notes = new List<string>();
        var text = ToText(bytes, path, notes);
        return Parse(text, path, notes);
    }

    /// <summary>Splits text as RFC 4180 describes it. Blank lines are left out but counted.</summary>
    public static CsvTable Parse(string text, string path, IReadOnlyList<string>? notes = null)
    {
        CsvMalformedRecord? malformed = null;
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = SeparatorOf(text), HasHeader = false, TrackLineNumbers = true,
            OnMalformedRecord = record => malformed = record.Reason is CsvMalformedReason.StrayQuote ? malformed : record,
        });
        var rows = new List<CsvRow>();
        while (reader.Read())
        {
            var line = (int)reader.LineNumber;
            if (malformed is { Reason: CsvMalformedReason.UnterminatedQuote })
                throw new DataException(new DataPlace(path, line), "a quote is opened and never closed.");
            if (malformed is not null)
                throw new DataException(new DataPlace(path, line), "a cell goes on after its closing quote.");
            rows.Add(new CsvRow(line, [.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetString(column).Trim())]));
        }

        return new CsvTable(path, reader.Separator, rows, notes ?? []);
    }

    /// <summary>The number in a cell, or null where it is empty or says that there is none.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column, from 0.</param>
    /// <param name="name">What stands in the column.</param>
    /// <exception cref="DataException">The cell is something else.</exception>
    public double? Number(CsvRow row, int column, string name)
    {
        var text = row.Cells[column];
        if (Missing.Contains(text, StringComparer.OrdinalIgnoreCase))
            return null;
        var place = new DataPlace(path, row.Line, column + 1, name);

        // Where the separator is no comma, a comma may be the decimal point, for the whole file.
        var comma = separator != ',' && text.Contains(',');
        (_commas, _points) = (_commas || comma, _points || text.Contains('.'));
        if (_commas && _points)
            throw new DataException(
                place,
                $"'{text}' has a decimal {(comma ? "comma" : "point")}, but other cells of the file have the other one.");
        var number = comma ? text.Replace(',', '.') : text;
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new DataException(place, $"'{text}' is not a number.") { Value = text };
    }

    /// <summary>The text of a file.</summary>
    private static string ToText(byte[] bytes, string path, List<string> notes)
    {
        try
        {
            var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            using var reader = new StreamReader(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: true);
            var text = reader.ReadToEnd();
            return text.Contains('\0') ? throw new DataException($"{path} is not a text file.") { Name = path } : text;
        }
        catch (DecoderFallbackException error)
        {
            if (bytes.Contains((byte)0))
                throw new DataException($"{path} is not a text file.", error) { Name = path };
            notes.Add($"{path} is not UTF-8: it is read as Latin-1. Check names with accents.");
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static char SeparatorOf(string text)
    {
        var line = text.TrimStart('\r', '\n').Split('\r', '\n')[0];
        return ((char[])[',', ';', '\t']).MaxBy(candidate => line.Count(c => c == candidate));
    }
}
