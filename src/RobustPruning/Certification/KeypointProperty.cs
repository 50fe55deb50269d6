namespace RobustPruning.Certification;

/// <summary>
/// What is to hold for a keypoint: neither coordinate moves further than a tolerance from the reference, which is the clean prediction
/// or the label. A network's output is <c>x₀, y₀, x₁, y₁, ...</c> in pixels.
/// </summary>
public sealed record KeypointProperty
{
    /// <summary>Creates the property.</summary>
    /// <param name="tolerance">How far a keypoint may move along an axis and still be correct, in pixels; positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not positive and finite.</exception>
    public KeypointProperty(double tolerance)
    {
        if (!(tolerance > 0) || double.IsInfinity(tolerance))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be positive and finite.");
        Tolerance = tolerance;
    }

    /// <summary>How far a keypoint may move along an axis and still be correct, in pixels.</summary>
    public double Tolerance { get; }

    /// <summary>The distance of a keypoint from its reference: the greater of |Δx| and |Δy|, in pixels; NaN without a reference.</summary>
    /// <param name="output">Coordinates <c>[2K]</c> in pixels.</param>
    /// <param name="reference">Coordinates <c>[2K]</c> in pixels, NaN where missing.</param>
    /// <param name="keypoint">The keypoint's index k.</param>
    public static double Distance(ReadOnlySpan<double> output, ReadOnlySpan<double> reference, int keypoint)
    {
        int x = 2 * keypoint, y = x + 1;
        return Math.Max(Math.Abs(output[x] - reference[x]), Math.Abs(output[y] - reference[y]));
    }

    /// <summary>The verdict that a keypoint's bounds and counterexample give.</summary>
    internal KeypointResult Judge(KeypointResult found)
    {
        var broken = found.Counterexample is { } counterexample && counterexample.Distance > Tolerance;

        // A bound that is not a number compares as false, so it certifies nothing.
        var verdict =
            double.IsNaN(found.ReferenceX) || double.IsNaN(found.ReferenceY) ? Verdict.Unlabelled
            : broken ? Verdict.Falsified
            : found.ProvedTolerance <= Tolerance ? Verdict.Certified
            : Verdict.Unknown;
        return found with { Verdict = verdict, Counterexample = broken ? found.Counterexample : null };
    }
}
