using RobustPruning.Certification;
using ScottPlot;

namespace KeypointRobustness.Reports;

/// <summary>Colours that read on light and dark pages and that colour-blind people can tell apart (after Okabe and Ito).</summary>
internal static class Palette
{
    private static readonly Color[] Colours =
        [.. new[] { "#2A87C8", "#D97700", "#16A07A", "#C0659A", "#8C7AE6", "#B0A000", "#7F8C8D" }.Select(Color.FromHex)];

    private static readonly MarkerShape[] Markers =
    [
        MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown, MarkerShape.Eks,
        MarkerShape.OpenSquare, MarkerShape.OpenDiamond,
    ];

    private static readonly LinePattern[] Lines = [LinePattern.Solid, LinePattern.Dashed, LinePattern.Dotted, LinePattern.DenselyDashed];

    /// <summary>The colour of a verdict.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Certified => "#009E73",
        Verdict.Falsified => "#D55E00",
        _ => "#E6A700",
    };

    /// <summary>The colour of the series with a number; repeats after seven.</summary>
    public static Color Colour(int series) => Colours[series % Colours.Length];

    /// <summary>Its marker; with the colour, a pair that repeats after 42 series only.</summary>
    public static MarkerShape Marker(int series) => Markers[(series + (series / Colours.Length)) % Markers.Length];

    /// <summary>Its line.</summary>
    public static LinePattern Line(int series) => Lines[series % Lines.Length];
}
