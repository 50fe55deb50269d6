namespace RobustPruning.Certification;

/// <summary>The hull of many bounds or samples of a network's outputs.</summary>
internal sealed class OutputHull(int outputs)
{
    // A few steps of 32-bit numbers, and what bounds in 64-bit numbers lose about 1.
    private const double SampleRounding = 1.0 / (1 << 20);
    private const double BoundRounding = 1e-9;

    /// <summary>What computing a sample in 32 bits may lose, as a part of 1 and of the value's size.</summary>
    public const double SampleTolerance = 1e-4;

    /// <summary>The least lower bound of each output.</summary>
    public double[] Lower { get; } = [.. Enumerable.Repeat(double.PositiveInfinity, outputs)];

    /// <summary>The greatest upper bound of each output.</summary>
    public double[] Upper { get; } = [.. Enumerable.Repeat(double.NegativeInfinity, outputs)];

    /// <summary>Takes in one lower and one upper value for each output.</summary>
    public void Add(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        for (var output = 0; output < Lower.Length; output++)
        {
            // Math.Min and Max hand a NaN on, so that it certifies nothing.
            Lower[output] = Math.Min(Lower[output], lower[output]);
            Upper[output] = Math.Max(Upper[output], upper[output]);
        }
    }

    /// <summary>
    /// The certified widths, summed over the outputs, over the sampled ones, less 1. Samples are computed in 32 bits: what is within their
    /// rounding counts as none, so that a network that does not move has no gap. Infinite where a width is no number.
    /// </summary>
    public static double Gap(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> sampledLower, IReadOnlyList<double> sampledUpper)
    {
        double certified = Width(lower, upper), sampled = Width(sampledLower, sampledUpper);
        var rounding =
            BoundRounding + (SampleRounding * sampledLower.Zip(sampledUpper, (low, high) => Math.Max(Math.Abs(low), Math.Abs(high))).Sum());
        return !double.IsFinite(certified) || !double.IsFinite(sampled) ? double.PositiveInfinity
            : certified - sampled <= rounding ? 0
            : (certified / sampled) - 1;
    }

    /// <summary>The gap of these bounds beside samples.</summary>
    public double Gap(OutputHull sampled) => Gap(Lower, Upper, sampled.Lower, sampled.Upper);

    /// <summary>What this range and another have in common; NaN where either is NaN.</summary>
    public OutputHull Within(OutputHull other)
    {
        var common = new OutputHull(Lower.Length);
        common.Add([.. Lower.Zip(other.Lower, Math.Max)], [.. Upper.Zip(other.Upper, Math.Min)]);
        return common;
    }

    /// <summary>The first output whose samples leave these bounds by more than rounding, or -1.</summary>
    /// <param name="samples">The samples' range.</param>
    /// <param name="slack">What more to allow for each output; null for nothing.</param>
    public int FirstViolation(OutputHull samples, IReadOnlyList<double>? slack = null)
    {
        for (var output = 0; output < Lower.Length; output++)
        {
            var rounding =
                (SampleTolerance * (1 + Math.Max(Math.Abs(samples.Lower[output]), Math.Abs(samples.Upper[output]))))
                + (slack?[output] ?? 0);
            if (samples.Lower[output] < Lower[output] - rounding || samples.Upper[output] > Upper[output] + rounding)
                return output;
        }

        return -1;
    }

    private static double Width(IReadOnlyList<double> lower, IReadOnlyList<double> upper) =>
        upper.Zip(lower, (high, low) => high - low).Sum();
}
