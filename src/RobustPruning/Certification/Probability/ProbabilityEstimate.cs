using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>
/// What samples say about the probability that a claim holds when θ is drawn uniformly from the set's box. It is a statement about chance
/// and not about every θ: a probability of 1 − 10⁻³ leaves room for counterexamples, where a <see cref="Certificate"/> leaves none. With
/// the given confidence, over repetitions with other seeds, the interval contains the probability; for each claim on its own, not for all
/// at once.
/// </summary>
/// <param name="Claim">The claim's index; for keypoints k.</param>
/// <param name="Samples">The number of θ drawn; 0 where the label is missing.</param>
/// <param name="Successes">How many of them the claim holds at.</param>
/// <param name="Confidence">The confidence of the interval, in (0, 1).</param>
/// <param name="Lower">The interval's lower limit (Clopper–Pearson).</param>
/// <param name="Upper">The interval's upper limit.</param>
public sealed record ProbabilityEstimate(int Claim, long Samples, long Successes, double Confidence, double Lower, double Upper)
{
    /// <summary>The share of successes; NaN without samples.</summary>
    public double Share => (double)Successes / Samples;

    /// <summary>For example <c>holds with probability 0.9947 to 1 (1000 of 1000 samples, confidence 0.99)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"holds with probability {Lower:0.####} to {Upper:0.####} ({Successes} of {Samples} samples, confidence {Confidence})");
}
