using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>What the factors tried in a <see cref="RadiusSearch"/> say about one claim; its own radius lies between the two.</summary>
/// <param name="Index">The claim's index.</param>
/// <param name="Certified">The greatest factor tried at which the claim was certified; 0 if none.</param>
/// <param name="Falsified">The least factor whose set holds a counterexample of the claim; infinite if none was found.</param>
public sealed record ClaimRadius(int Index, double Certified, double Falsified)
{
    /// <summary>For example <c>claim 3: certified up to 0.42 of the set, falsified at 0.44</c>.</summary>
    public override string ToString() => $"claim {Index}: {Text(Certified, Falsified)}";

    internal static string Text(double certified, double falsified) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(certified > 0 ? $"certified up to {certified:g3} of the set" : "not certified at any size tried")}, "
            + $"{(double.IsFinite(falsified) ? $"falsified at {falsified:g3}" : "no counterexample found")}");
}
