namespace KeypointRobustness.Reproduction;

/// <summary>A table for any page.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Headers">Column headings.</param>
/// <param name="Rows">Rows of as many cells.</param>
internal sealed record ReportTable(string Caption, IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows);
