using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>What a <see cref="RadiusSearch"/> found about one image.</summary>
/// <param name="Certified">The greatest factor found at which the scaled set is certified for all claims; 0 if none.</param>
/// <param name="Falsified">The least factor whose scaled set holds a counterexample of a claim; infinite if none was found.</param>
/// <param name="Certificate">The certificate at the certified factor; null if there is none.</param>
/// <param name="Counterexample">The counterexample at the falsified factor; null if there is none.</param>
/// <param name="Claims">What is known about each claim alone.</param>
/// <param name="Boxes">How many parameter boxes were bounded, over all factors tried.</param>
/// <param name="Elapsed">The time it took.</param>
public sealed record RadiusSearchResult(
    double Certified,
    double Falsified,
    Certificate? Certificate,
    Counterexample? Counterexample,
    IReadOnlyList<ClaimRadius> Claims,
    int Boxes,
    TimeSpan Elapsed)
{
    /// <summary>For example <c>certified up to 0.42 of the set, falsified at 0.44, after 120 boxes in 1.3 s</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{ClaimRadius.Text(Certified, Falsified)}, after {Boxes} boxes in {Elapsed.TotalSeconds:0.0} s");
}
