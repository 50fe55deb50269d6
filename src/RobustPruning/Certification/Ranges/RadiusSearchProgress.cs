namespace RobustPruning.Certification;

/// <summary>How far a radius search has come.</summary>
/// <param name="Certified">The greatest factor certified yet; 0 if none.</param>
/// <param name="Refused">The least factor that was not certified, for a counterexample or because the budget ended; infinite if none.</param>
/// <param name="Boxes">Parameter boxes bounded, over all factors tried.</param>
public sealed record RadiusSearchProgress(double Certified, double Refused, int Boxes);
