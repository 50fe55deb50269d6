namespace KeypointRobustness.Reports;

/// <summary>The words around a plot.</summary>
/// <param name="Title">Above the plot; also what screen readers say.</param>
/// <param name="X">Below the horizontal axis, with its unit.</param>
/// <param name="Y">Beside the vertical axis, with its unit.</param>
internal sealed record PlotLabels(string Title, string X, string Y);
