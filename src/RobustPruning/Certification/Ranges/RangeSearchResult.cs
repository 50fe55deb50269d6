using System.Globalization;

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

    /// <summary>
    /// For example <c>2 outputs certified within [3.1, 4.2], [7, 7.5]; gap 0.8 % after 24 boxes in 0.2 s</c>; of many outputs the first
    /// four.
    /// </summary>
    public override string ToString()
    {
        var shown = Lower
            .Zip(Upper, (lower, upper) => string.Create(CultureInfo.InvariantCulture, $"[{lower:g4}, {upper:g4}]"))
            .Take(Shown);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Lower.Count} outputs certified within {string.Join(", ", shown)}{(Lower.Count > Shown ? ", ..." : string.Empty)}; gap "
            + $"{100 * Gap:0.#} % after {Boxes} boxes in {Elapsed.TotalSeconds:0.0} s");
    }

    private const int Shown = 4;
}
