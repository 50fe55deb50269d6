using System.Text.Json.Serialization;

namespace KeypointRobustness.Reproduction;

/// <summary>What one run came to.</summary>
/// <param name="Run">The run.</param>
/// <param name="Options">Everything that the result depends on, by name.</param>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Failure">
/// Why the training gave no network, for example because all neurons died; null if it did. Without one, numbers are NaN or 0.
/// </param>
/// <param name="TrainingSeconds">The time of training; NaN where it was interrupted.</param>
/// <param name="Seconds">The time of everything, or since it was interrupted.</param>
/// <param name="Epochs">Epochs of training, over all rounds.</param>
/// <param name="Channels">Channels that can be pruned.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="Macs">Multiply-accumulate operations for one image.</param>
/// <param name="MeanErrorPx">The mean distance of prediction and label on images held back.</param>
/// <param name="CorrectShare">
/// The share of their keypoints that are predicted within <see cref="Question.Tolerance"/> of the label along both axes (PCK).
/// </param>
/// <param name="OutputVariation">How much predictions vary across images, relative to the labels.</param>
/// <param name="Images">The certified images.</param>
/// <param name="Deviations">USN, layer by layer.</param>
internal sealed record RunResult(
    ReproductionRun Run,
    IReadOnlyDictionary<string, string> Options,
    Machine Machine,
    string? Failure,
    double TrainingSeconds,
    double Seconds,
    int Epochs,
    int Channels,
    long Parameters,
    long Macs,
    double MeanErrorPx,
    double CorrectShare,
    double OutputVariation,
    IReadOnlyList<ImageResult> Images,
    IReadOnlyList<LayerDeviation> Deviations)
{
    /// <summary>SHA-256 of all images and labels; null in results of earlier versions.</summary>
    public string? DataDigest { get; init; }

    /// <summary>SHA-256 of the trained network; null where there is none, and in results of earlier versions.</summary>
    public string? ModelDigest { get; init; }

    /// <summary>Mean certified range of one box, in pixels.</summary>
    [JsonIgnore]
    public double CertifiedRangePx => Images.Average(image => image.CertifiedRangePx);

    /// <summary>How many times the sampled range that is.</summary>
    [JsonIgnore]
    public double RangeRatio => CertifiedRangePx / Images.Average(image => image.SampledRangePx);

    /// <summary>The share of labelled keypoints with a verdict.</summary>
    /// <param name="question">The question's index.</param>
    /// <param name="verdict">Counts the keypoints of an image.</param>
    public double Share(int question, Func<Answer, int> verdict) =>
        (double)Images.Sum(image => verdict(image.Answers[question])) / Images.Sum(image => image.Answers[question].Keypoints);

    /// <summary>The mean over images of something about a question's answer.</summary>
    public double Mean(int question, Func<Answer, double> value) => Images.Average(image => value(image.Answers[question]));
}
