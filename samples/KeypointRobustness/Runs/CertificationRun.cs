using KeypointRobustness.Pictures;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Training;

namespace KeypointRobustness.Runs;

/// <summary>Certifies images one by one with a progress bar, and draws what was found.</summary>
internal static class CertificationRun
{
    /// <summary>One certificate for each image, in order.</summary>
    /// <param name="title">What the progress bar says.</param>
    /// <param name="certifier">The certifier.</param>
    /// <param name="data">The images with their labels.</param>
    /// <param name="againstLabel">Whether the tolerance is measured from the label; otherwise from the clean prediction.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static IReadOnlyList<Certificate> Run(
        string title, Certifier certifier, KeypointData data, bool againstLabel, CancellationToken cancellationToken)
    {
        var certificates = new List<Certificate>();
        ProgressBar.Run(title, tell =>
        {
            for (var index = 0L; index < data.Count; index++)
            {
                using var image = data.Images[index];
                using var label = data.Labels[index];
                certificates.Add(certifier.Certify(image, againstLabel ? label : null, cancellationToken: cancellationToken));
                tell((double)certificates.Count / data.Count);
            }
        });
        return certificates;
    }

    /// <summary>The picture of one image with its keypoints, their boxes and verdicts, as PNG.</summary>
    public static byte[] Draw(KeypointSample sample, IReadOnlyList<string> names, Certificate certificate) => KeypointPicture.Encode(
        sample.Image,
        [.. certificate.Keypoints.Where(keypoint => keypoint.Verdict != Verdict.Unlabelled).Select(keypoint => Mark(sample, names, keypoint))],
        new KeypointPictureOptions(Title: $"{sample.Name}: {Verdicts(certificate)}", Tolerance: (float)certificate.Tolerance, ToleranceAroundLabel: certificate.AgainstLabel));

    /// <summary>For example <c>21 certified, 1 falsified, 1 unknown of 23</c>.</summary>
    public static string Verdicts(Certificate certificate) =>
        $"{certificate.Certified} certified, {certificate.Falsified} falsified, {certificate.Unknown} unknown of {certificate.Certified + certificate.Falsified + certificate.Unknown}";

    private static KeypointMark Mark(KeypointSample sample, IReadOnlyList<string> names, KeypointResult keypoint)
    {
        var labelled = sample.Visible[keypoint.Index];
        return new KeypointMark(
            names[keypoint.Index], (float)keypoint.PredictedX, (float)keypoint.PredictedY,
            labelled ? sample.Keypoints[2 * keypoint.Index] : null, labelled ? sample.Keypoints[(2 * keypoint.Index) + 1] : null,
            (float)keypoint.LowerX, (float)keypoint.UpperX, (float)keypoint.LowerY, (float)keypoint.UpperY,
            keypoint.Verdict);
    }
}
