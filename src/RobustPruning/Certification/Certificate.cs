using System.Globalization;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>What a <see cref="Certifier"/> found about one image, with all that is needed to prove it again.</summary>
/// <param name="PerturbationSet">What may change.</param>
/// <param name="Property">What is to hold.</param>
/// <param name="AgainstLabel">Whether distances are measured from the label; otherwise from the clean prediction.</param>
/// <param name="Predicted">
/// The network's output on the clean image, flattened, or the keypoints <c>[2K]</c> that were decoded from it.
/// </param>
/// <param name="Reference">
/// What distances are measured from, <c>[F]</c>, NaN where a label is missing; empty for properties other than keypoints.
/// </param>
/// <param name="Claims">One result for each claim, in order.</param>
/// <param name="Leaves">Parameter boxes that cover all of the set that is admissible, with bounds; they share no more than faces.</param>
/// <param name="Options">How it was found.</param>
/// <param name="Boxes">The number of parameter boxes bounded.</param>
/// <param name="UnstableNeurons">Neurons with lower &lt; 0 &lt; upper, as the mean over the boxes.</param>
/// <param name="Elapsed">The time it took.</param>
public sealed partial record Certificate(
    SemanticSet PerturbationSet,
    OutputProperty Property,
    bool AgainstLabel,
    IReadOnlyList<double> Predicted,
    IReadOnlyList<double> Reference,
    IReadOnlyList<ClaimResult> Claims,
    IReadOnlyList<Leaf> Leaves,
    CertifierOptions Options,
    int Boxes,
    double UnstableNeurons,
    TimeSpan Elapsed)
{
    /// <summary>The perturbation set, in words.</summary>
    public string Set => PerturbationSet.ToString();

    /// <summary>How far a keypoint may be from its reference and still be correct, in pixels; NaN for other properties.</summary>
    public double Tolerance => Property.Keypoints?.Tolerance ?? double.NaN;

    /// <summary>Claims proved to hold.</summary>
    public int Certified => Count(Verdict.Certified);

    /// <summary>Claims with a counterexample.</summary>
    public int Falsified => Count(Verdict.Falsified);

    /// <summary>Claims neither proved nor disproved.</summary>
    public int Unknown => Count(Verdict.Unknown);

    /// <summary>
    /// One result for each keypoint, in order, its bounds those of all leaves together; empty for other properties. Made at each call.
    /// </summary>
    public IReadOnlyList<KeypointResult> Keypoints
    {
        get
        {
            if (Property.Keypoints is null)
                return [];
            var range = Hull();
            return [.. Claims.Select(claim =>
            {
                int x = 2 * claim.Index, y = x + 1;
                return new KeypointResult(claim.Index, claim.Verdict, Predicted[x], Predicted[y], Reference[x], Reference[y],
                    range.Lower[x], range.Upper[x], range.Lower[y], range.Upper[y], claim.Counterexample);
            })];
        }
    }

    /// <summary>The mean over all keypoints of <see cref="KeypointResult.CertifiedRange"/>, in pixels; only for keypoints.</summary>
    public double CertifiedRange => Keypoints.Average(keypoint => keypoint.CertifiedRange);

    /// <summary>Whether the bounds of a leaf prove a claim there; false for a claim without a label.</summary>
    /// <param name="leaf">One of <see cref="Leaves"/>.</param>
    /// <param name="claim">The claim's index.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such claim.</exception>
    public bool IsProved(Leaf leaf, int claim)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        ArgumentOutOfRangeException.ThrowIfNegative(claim);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(claim, Claims.Count);
        return Property.IsStated(Reference, claim) && Property.WorstViolation(leaf.Lower, leaf.Upper, Reference, claim) <= 0;
    }

    /// <summary>For example <c>21 certified, 1 falsified, 1 unknown of 23 in 0.8 s</c>.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Certified} certified, {Falsified} falsified, {Unknown} unknown of {Certified + Falsified + Unknown} in "
            + $"{Elapsed.TotalSeconds:0.0} s");

    /// <summary>The same findings judged at a greater tolerance: the bounds and counterexamples already say what holds there.</summary>
    /// <param name="tolerance">In pixels, at least <see cref="Tolerance"/>: below it, counterexamples were not looked for.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is smaller.</exception>
    /// <exception cref="InvalidOperationException">The certificate is not about keypoints.</exception>
    public Certificate AtTolerance(double tolerance)
    {
        if (Property.Keypoints is not { } keypoints)
            throw new InvalidOperationException($"There is no tolerance in '{Property}'.");
        if (!(tolerance >= Tolerance) || double.IsInfinity(tolerance))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, $"The tolerance must be finite and at least {Tolerance}.");
        var property = Property.With(new KeypointProperty(tolerance, keypoints.Norm) { Motion = keypoints.Motion });
        return this with
        {
            Property = property,
            Claims = [.. Claims.Select(claim => ClaimResult.Of(property, Reference, Leaves, claim.Index, claim.Counterexample))],
        };
    }

    private OutputHull Hull()
    {
        var hull = new OutputHull(Predicted.Count);
        foreach (var leaf in Leaves)
            hull.Add([.. leaf.Lower], [.. leaf.Upper]);
        return hull;
    }

    private int Count(Verdict verdict) => Claims.Count(claim => claim.Verdict == verdict);
}
