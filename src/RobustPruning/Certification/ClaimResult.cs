using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>What was found about one claim of an <see cref="OutputProperty"/>.</summary>
/// <param name="Index">The claim's index; for keypoints k.</param>
/// <param name="Verdict">Certified, falsified, unknown, or unlabelled.</param>
/// <param name="Counterexample">For a falsified claim, what breaks it; otherwise null.</param>
public sealed record ClaimResult(int Index, Verdict Verdict, Counterexample? Counterexample)
{
    /// <summary>The verdict that follows from the leaves and a counterexample, if there is one.</summary>
    internal static ClaimResult Of(
        OutputProperty property, IReadOnlyList<double> reference, IReadOnlyList<Leaf> leaves, int claim, Counterexample? found)
    {
        if (!property.IsStated(reference, claim))
            return new ClaimResult(claim, Verdict.Unlabelled, null);
        if (found is not null
            && property.Violation(property.Values(found.Output, found.Theta, reference), reference, claim) is > 0 and var violation)
            return new ClaimResult(claim, Verdict.Falsified, found with { Violation = violation });

        // A bound that is not a number compares as false, so it certifies nothing.
        var proved = leaves.Count > 0 && leaves.All(leaf => property.WorstViolation(leaf.Lower, leaf.Upper, reference, claim) <= 0);
        return new ClaimResult(claim, proved ? Verdict.Certified : Verdict.Unknown, null);
    }

    /// <summary>For example <c>claim 3: falsified at θ = (0.1, -0.02), broken by 0.31</c>.</summary>
    public override string ToString() => $"claim {Index}: {Told(Verdict, Counterexample)}";

    /// <summary>A verdict, with what breaks the claim.</summary>
    internal static string Told(Verdict verdict, Counterexample? found) =>
        verdict.ToString().ToLowerInvariant() + (found is null ? string.Empty : $" at {found}");
}
