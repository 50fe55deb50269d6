namespace RobustPruning.Certification;

/// <summary>What the factors tried in a <see cref="RadiusSearch"/> say about one claim; its own radius lies between the two.</summary>
/// <param name="Index">The claim's index.</param>
/// <param name="Certified">The greatest factor tried at which the claim was certified; 0 if none.</param>
/// <param name="Falsified">The least factor whose set holds a counterexample of the claim; infinite if none was found.</param>
public sealed record ClaimRadius(int Index, double Certified, double Falsified);
