using MathNet.Numerics.Distributions;

namespace RobustPruning.Certification;

/// <summary>
/// The interval of Clopper and Pearson (1934) for a probability, from independent trials. It is exact in that it never misses more often
/// than its confidence allows, whatever the probability.
/// </summary>
internal static class ClopperPearson
{
    // MathNet finds quantiles to 1e-12.
    private const double Outward = 1e-11;

    /// <summary>Both limits, each missed with probability (1 − confidence) / 2 at most.</summary>
    /// <param name="successes">Trials that succeeded.</param>
    /// <param name="trials">All trials; with none, the interval is [0, 1].</param>
    /// <param name="confidence">In (0, 1).</param>
    public static (double Lower, double Upper) Interval(long successes, long trials, double confidence)
    {
        var miss = (1 - confidence) / 2;
        var failures = trials - successes;

        // With no failure, or no success, the beta distribution's quantile is a root.
        return (
            successes == 0 ? 0
            : failures == 0 ? Math.Pow(miss, 1.0 / trials)
            : Math.Max(0, Beta.InvCDF(successes, failures + 1, miss) - Outward),
            failures == 0 ? 1
            : successes == 0 ? -Expm1(Math.Log(miss) / trials)
            : Math.Min(1, Beta.InvCDF(successes + 1, failures, 1 - miss) + Outward));
    }

    /// <summary>e^x − 1 without cancellation.</summary>
    private static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x + (x * x / 2) : Math.Exp(x) - 1;
}
