namespace KeypointRobustness.Reproduction;

/// <summary>What is asked about every keypoint of an image: does it stay within a tolerance along both axes?</summary>
/// <param name="AgainstLabel">Whether distances are measured from the label; otherwise from the clean prediction.</param>
/// <param name="Tolerance">The tolerance in pixels.</param>
internal sealed record Question(bool AgainstLabel, double Tolerance)
{
    public override string ToString() =>
        FormattableString.Invariant($"within {Tolerance} px of the {(AgainstLabel ? "label" : "clean prediction")}");
}
