using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>What a <see cref="Certifier"/> found about the keypoints of one image.</summary>
/// <param name="Keypoints">One result for each keypoint, in order.</param>
/// <param name="Set">The perturbation set, in words.</param>
/// <param name="Tolerance">How far a keypoint may move along an axis and still be correct, in pixels.</param>
/// <param name="AgainstLabel">Whether the tolerance is measured from the label; otherwise from the clean prediction.</param>
/// <param name="Boxes">The number of parameter boxes bounded.</param>
/// <param name="UnstableNeurons">Neurons with lower &lt; 0 &lt; upper, as the mean over the boxes.</param>
/// <param name="Elapsed">The time it took.</param>
public sealed record Certificate(
    IReadOnlyList<KeypointResult> Keypoints,
    string Set,
    double Tolerance,
    bool AgainstLabel,
    int Boxes,
    double UnstableNeurons,
    TimeSpan Elapsed)
{
    /// <summary>Keypoints proved to stay within the tolerance.</summary>
    public int Certified => Count(Verdict.Certified);

    /// <summary>Keypoints with a counterexample.</summary>
    public int Falsified => Count(Verdict.Falsified);

    /// <summary>Keypoints neither proved nor disproved.</summary>
    public int Unknown => Count(Verdict.Unknown);

    /// <summary>The mean over all keypoints of <see cref="KeypointResult.CertifiedRange"/>, in pixels.</summary>
    public double CertifiedRange => Keypoints.Average(keypoint => keypoint.CertifiedRange);

    /// <summary>For example <c>21 certified, 1 falsified, 1 unknown of 23 in 0.8 s</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Certified} certified, {Falsified} falsified, {Unknown} unknown of {Certified + Falsified + Unknown} in {Elapsed.TotalSeconds:0.0} s");

    /// <summary>The same findings judged at a greater tolerance: the bounds and counterexamples already say what holds there.</summary>
    /// <param name="tolerance">In pixels, at least <see cref="Tolerance"/>: below it, counterexamples were not looked for.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is smaller.</exception>
    public Certificate AtTolerance(double tolerance)
    {
        if (!(tolerance >= Tolerance) || double.IsInfinity(tolerance))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, $"The tolerance must be finite and at least {Tolerance}.");
        return this with { Tolerance = tolerance, Keypoints = [.. Keypoints.Select(new KeypointProperty(tolerance).Judge)] };
    }

    private int Count(Verdict verdict) => Keypoints.Count(keypoint => keypoint.Verdict == verdict);
}
