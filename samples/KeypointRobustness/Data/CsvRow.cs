namespace KeypointRobustness.Data;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line of the file it begins on, from 1.</param>
/// <param name="Cells">Its cells, quotes removed.</param>
internal sealed record CsvRow(int Line, IReadOnlyList<string> Cells);
