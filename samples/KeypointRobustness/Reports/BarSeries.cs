namespace KeypointRobustness.Reports;

/// <summary>One bar, or one part of a stacked bar, for every category.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Values">One value a category; a value that is not finite is left out.</param>
/// <param name="Colour">A CSS colour; null for the next of the palette.</param>
internal sealed record BarSeries(string Name, IReadOnlyList<double> Values, string? Colour = null);
