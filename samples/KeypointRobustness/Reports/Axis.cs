using System.Globalization;

namespace KeypointRobustness.Reports;

/// <summary>Maps values to [0,1] along an axis, linearly or by their logarithm, and chooses round ticks.</summary>
internal sealed class Axis
{
    private readonly bool _logarithmic;
    private readonly double _step;

    private Axis(double low, double high, double step, bool logarithmic) =>
        (Low, High, _step, _logarithmic) = (low, high, step, logarithmic);

    /// <summary>The value at the beginning of the axis.</summary>
    public double Low { get; }

    /// <summary>The value at its end; above <see cref="Low"/>.</summary>
    public double High { get; }

    /// <summary>The values that get a tick, ascending.</summary>
    public IReadOnlyList<double> Ticks
    {
        get
        {
            if (_logarithmic)
            {
                return LogarithmicTicks();
            }

            var count = (int)Math.Round((High - Low) / _step);
            return [.. Enumerable.Range(0, count + 1).Select(i => Low + i * _step)];
        }
    }

    /// <summary>A linear axis that covers values and ends at round numbers.</summary>
    /// <param name="values">The values; those that are not finite are ignored, and none at all gives [0,1].</param>
    /// <param name="withZero">Include 0, as bars need it.</param>
    public static Axis Linear(IEnumerable<double> values, bool withZero)
    {
        var finite = values.Where(double.IsFinite).Concat(withZero ? [0] : []).ToArray();
        var (low, high) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high)))
        {
            (low, high) = low == 0 ? (0, 1) : (Math.Min(low, low * 2), Math.Max(0, high));
            (low, high) = low == high ? (low - 1, high + 1) : (low, Math.Max(high, low + Math.Abs(low)));
        }

        var step = RoundStep((high - low) / 5);
        return new Axis(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step, false);
    }

    /// <summary>A logarithmic axis that covers the positive ones among values and ends at 1, 2 or 5 times powers of ten.</summary>
    /// <param name="values">The values; none that is positive and finite gives [0.1,1].</param>
    public static Axis Logarithmic(IEnumerable<double> values)
    {
        var positive = values.Where(v => double.IsFinite(v) && v > 0).ToArray();
        var (low, high) = positive.Length == 0 ? (0.1, 1) : (positive.Min(), positive.Max());
        low = Rounded(low * (1 + 1e-9), down: true);
        high = Rounded(high * (1 - 1e-9), down: false);
        return new Axis(low, high > low ? high : low * 10, 1, true);
    }

    /// <summary>Where a value lies: 0 at <see cref="Low"/>, 1 at <see cref="High"/>. NaN where the axis cannot show it.</summary>
    public double Map(double value)
    {
        if (!double.IsFinite(value) || (_logarithmic && value <= 0))
        {
            return double.NaN;
        }

        return _logarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);
    }

    /// <summary>A short way to write a value.</summary>
    public static string Format(double value) =>
        value == 0 || Math.Abs(value) is >= 0.001 and < 1e6
            ? value.ToString("#,0.####", CultureInfo.InvariantCulture)
            : value.ToString("0.##e+0", CultureInfo.InvariantCulture);

    private static double RoundStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }

    private static double Rounded(double value, bool down)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        var lead = value / power;
        return power * (down ? (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) : lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    }

    private List<double> LogarithmicTicks()
    {
        var decades = Math.Log10(High / Low);
        double[] leads = decades > 6 ? [1] : decades > 3 ? [1, 3] : [1, 2, 5];
        var ticks = new List<double>();
        var every = Math.Max(1, (int)Math.Ceiling(decades / 12));
        for (var power = (int)Math.Floor(Math.Log10(Low) + 1e-9); power <= Math.Log10(High) + 1e-9; power += every)
        {
            ticks.AddRange(leads.Select(l => l * Math.Pow(10, power)).Where(t => t >= Low * (1 - 1e-9) && t <= High * (1 + 1e-9)));
        }

        return ticks;
    }
}
