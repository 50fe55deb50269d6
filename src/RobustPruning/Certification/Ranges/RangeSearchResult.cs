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
    /// <summary>
    /// The sum of the certified widths over the sum of the sampled widths, less 1. A difference within the rounding of the samples, a
    /// millionth of the outputs' magnitude, or within 1e-9 counts as none; infinite where bounds or samples are not finite.
    /// </summary>
    public double Gap => OutputHull.Gap(Lower, Upper, SampledLower, SampledUpper);
}
