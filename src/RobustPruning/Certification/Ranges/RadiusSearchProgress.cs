using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>How far a radius search has come.</summary>
/// <param name="Certified">The greatest factor certified yet; 0 if none.</param>
/// <param name="Refused">
/// The least factor that was not certified, for a counterexample or because the budget ended; infinite if none.
/// </param>
/// <param name="Boxes">Parameter boxes bounded, over all factors tried.</param>
public sealed record RadiusSearchProgress(double Certified, double Refused, int Boxes)
{
    /// <summary>For example <c>certified up to 0.42 of the set, not at 0.5, after 60 boxes</c>.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"certified up to {Certified:g3} of the set{(double.IsFinite(Refused) ? $", not at {Refused:g3}" : string.Empty)}, after "
            + $"{Boxes} boxes");
}
