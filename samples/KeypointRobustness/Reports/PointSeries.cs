namespace KeypointRobustness.Reports;

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the legend calls them.</param>
/// <param name="Points">The points; one with a coordinate that is not finite is left out.</param>
/// <param name="Colour">A CSS colour; null for the next of the palette.</param>
/// <param name="Labels">What stands beside each point; null for nothing.</param>
internal sealed record PointSeries(
    string Name, IReadOnlyList<(double X, double Y)> Points, string? Colour = null, IReadOnlyList<string>? Labels = null);
