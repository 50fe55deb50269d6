using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>What was found about one keypoint. All positions are in pixels.</summary>
/// <param name="Index">The keypoint's index k: outputs 2k and 2k + 1 of the network are its x and y.</param>
/// <param name="Verdict">Certified, falsified, unknown, or unlabelled.</param>
/// <param name="PredictedX">The prediction on the clean image.</param>
/// <param name="PredictedY">The prediction on the clean image.</param>
/// <param name="ReferenceX">What the tolerance is measured from: the clean prediction or the label; NaN without a label.</param>
/// <param name="ReferenceY">What the tolerance is measured from: the clean prediction or the label; NaN without a label.</param>
/// <param name="LowerX">A sound lower bound of x over the whole set.</param>
/// <param name="UpperX">A sound upper bound of x over the whole set.</param>
/// <param name="LowerY">A sound lower bound of y over the whole set.</param>
/// <param name="UpperY">A sound upper bound of y over the whole set.</param>
/// <param name="Counterexample">For a falsified keypoint, what moves it too far; otherwise null.</param>
public sealed record KeypointResult(
    int Index,
    Verdict Verdict,
    double PredictedX,
    double PredictedY,
    double ReferenceX,
    double ReferenceY,
    double LowerX,
    double UpperX,
    double LowerY,
    double UpperY,
    Counterexample? Counterexample)
{
    /// <summary>
    /// The certified range: how far the keypoint can be proved to move, in pixels, as the mean of its width in x and in y.
    /// </summary>
    public double CertifiedRange => ((UpperX - LowerX) + (UpperY - LowerY)) / 2;

    /// <summary>
    /// The least tolerance along an axis that the bounds prove: the greatest distance of a bound from the reference, in pixels; NaN without
    /// a label.
    /// </summary>
    public double ProvedTolerance => Math.Max(
        Math.Max(UpperX - ReferenceX, ReferenceX - LowerX), Math.Max(UpperY - ReferenceY, ReferenceY - LowerY));

    /// <summary>For example <c>keypoint 3: certified, x in [12.1, 12.9], y in [30.2, 30.6] around (12.5, 30.4)</c>.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"keypoint {Index}: {ClaimResult.Told(Verdict, Counterexample)}, x in [{LowerX:0.##}, {UpperX:0.##}], y in [{LowerY:0.##}, "
            + $"{UpperY:0.##}] around ({ReferenceX:0.##}, {ReferenceY:0.##})");
}
