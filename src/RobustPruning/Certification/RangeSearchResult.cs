namespace RobustPruning.Certification;

/// <summary>What a <see cref="RangeSearch"/> found about the outputs over a whole perturbation set.</summary>
/// <param name="Lower">A sound lower bound of each output.</param>
/// <param name="Upper">A sound upper bound of each output.</param>
/// <param name="SampledLower">The least value of each output that a sample reached.</param>
/// <param name="SampledUpper">The greatest value of each output that a sample reached.</param>
/// <param name="Boxes">How many boxes were bounded.</param>
/// <param name="Elapsed">The time it took.</param>
public sealed record RangeSearchResult(
    IReadOnlyList<double> Lower,
    IReadOnlyList<double> Upper,
    IReadOnlyList<double> SampledLower,
    IReadOnlyList<double> SampledUpper,
    int Boxes,
    TimeSpan Elapsed)
{
    /// <summary>The sum of the certified widths over the sum of the sampled widths, less 1; infinite or NaN if no sample moved.</summary>
    public double Gap => (Width(Lower, Upper) / Width(SampledLower, SampledUpper)) - 1;

    private static double Width(IReadOnlyList<double> lower, IReadOnlyList<double> upper) => upper.Zip(lower, (high, low) => high - low).Sum();
}
