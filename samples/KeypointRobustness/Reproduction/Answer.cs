namespace KeypointRobustness.Reproduction;

/// <summary>What a search found about the keypoints of one image that have a label.</summary>
/// <param name="Certified">Keypoints that are proved to stay within the tolerance.</param>
/// <param name="Falsified">Keypoints with a counterexample.</param>
/// <param name="Unknown">Keypoints that are open when the boxes are spent.</param>
/// <param name="Boxes">Parameter boxes bounded.</param>
/// <param name="Seconds">Until all were decided, or the boxes spent.</param>
/// <param name="ProcessorSeconds">What all processors worked in that time: it depends less on what else the machine does.</param>
internal sealed record Answer(int Certified, int Falsified, int Unknown, int Boxes, double Seconds, double ProcessorSeconds)
{
    public int Keypoints => Certified + Falsified + Unknown;
}
