namespace KeypointRobustness.Reproduction;

/// <summary>What was found about one image. Keypoints without a label count for nothing.</summary>
/// <param name="CertifiedRangePx">
/// How far a keypoint can be proved to move by one box over the whole set, the mean over coordinates.
/// </param>
/// <param name="SampledRangePx">How far samples move it: no more than the true range.</param>
/// <param name="UnstableNeurons">Neurons that this box leaves unstable.</param>
/// <param name="BoxSeconds">The time that this box took.</param>
/// <param name="Answers">One for each question, in order.</param>
internal sealed record ImageResult(
    double CertifiedRangePx, double SampledRangePx, double UnstableNeurons, double BoxSeconds, IReadOnlyList<Answer> Answers);
