using System.Globalization;
using CsvHelper;

namespace KeypointRobustness.Reports;

/// <summary>A table as a CSV file.</summary>
internal static class CsvTable
{
    /// <summary>The file's bytes: UTF-8, lines that end in a line feed, cells quoted where they need it.</summary>
    /// <param name="headers">Column headings.</param>
    /// <param name="rows">The rows, with as many cells.</param>
    public static byte[] Of(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<object>> rows)
    {
        using var bytes = new MemoryStream();
        using (var writer = CsvWriter.Create(bytes, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
        {
            foreach (var row in rows.Prepend(headers))
                writer.WriteRecord([.. row.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture)!)]);
        }

        return bytes.ToArray();
    }
}
