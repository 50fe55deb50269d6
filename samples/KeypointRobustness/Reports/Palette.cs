namespace KeypointRobustness.Reports;

/// <summary>Colours that read on light and dark pages and that colour-blind people can tell apart (after Okabe and Ito).</summary>
internal static class Palette
{
    /// <summary>Colour of what is certified.</summary>
    public const string Certified = "#009E73";

    /// <summary>Colour of what is falsified.</summary>
    public const string Falsified = "#D55E00";

    /// <summary>Colour of what is unknown.</summary>
    public const string Unknown = "#E6A700";

    private static readonly string[] Colours = ["#2A87C8", "#D97700", "#16A07A", "#C0659A", "#8C7AE6", "#B0A000", "#7F8C8D"];

    /// <summary>The colour of the series with a number; repeats after seven.</summary>
    public static string Colour(int series) => Colours[series % Colours.Length];
}
