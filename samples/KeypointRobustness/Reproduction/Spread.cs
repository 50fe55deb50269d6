using System.Globalization;
using MathNet.Numerics.Statistics;

namespace KeypointRobustness.Reproduction;

/// <summary>A number as several seeds gave it.</summary>
/// <param name="Mean">The mean; NaN where one of them is.</param>
/// <param name="Deviation">The sample standard deviation, over n − 1; NaN with one seed.</param>
internal readonly record struct Spread(double Mean, double Deviation)
{
    /// <summary>Mean and deviation of at least one value.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var (mean, deviation) = values.MeanStandardDeviation();
        return new(mean, deviation);
    }

    /// <summary>For example <c>0.21 ± 0.02</c>, without the deviation where there is one seed, and <c>–</c> for nothing.</summary>
    /// <param name="format">The format of both numbers.</param>
    public string ToString(string format) =>
        double.IsNaN(Mean)
            ? "–"
            : Mean.ToString(format, CultureInfo.InvariantCulture)
                + (double.IsNaN(Deviation) ? string.Empty : " ± " + Deviation.ToString(format, CultureInfo.InvariantCulture));
}
