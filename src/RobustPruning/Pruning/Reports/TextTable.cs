using System.Globalization;

namespace RobustPruning.Pruning;

/// <summary>Tables for a console: the first column to the left, numbers to the right.</summary>
internal static class TextTable
{
    /// <summary>A heading, a rule, and the rows.</summary>
    public static string Of(IReadOnlyList<string> heading, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = Enumerable.Range(0, heading.Count).Select(column => rows.Append(heading).Max(row => row[column].Length)).ToArray();
        return string.Join(
            Environment.NewLine,
            rows.Select(Line).Prepend(Line([.. widths.Select(width => new string('-', width))])).Prepend(Line(heading)));

        string Line(IReadOnlyList<string> cells) => string.Join("  ", cells.Select((cell, column) =>
            column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd();
    }

    /// <summary>A count with thousands apart; nothing for 0.</summary>
    public static string Count(long value) => value == 0 ? string.Empty : value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share in percent; nothing if it is not known.</summary>
    public static string Share(double? value) =>
        value is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{value.Value:P1}");
}
