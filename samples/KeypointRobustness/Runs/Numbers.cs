using System.Globalization;

namespace KeypointRobustness.Runs;

/// <summary>Numbers as the tables show them.</summary>
internal static class Numbers
{
    /// <summary>For example <c>1 234 567</c>.</summary>
    public static string Grouped(long value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    /// <summary>Two decimals.</summary>
    public static string Short(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
