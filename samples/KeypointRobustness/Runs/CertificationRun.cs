using System.Globalization;
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

    /// <summary>The clean image with its keypoints, how far each can move, and where it is to stay.</summary>
    public static string DrawClean(ShownImage shown, KeypointSample sample, IReadOnlyList<string> names, Certificate certificate) =>
        KeypointFigure.Draw(
            shown,
            [
                .. Stated(certificate)
                    .Select(keypoint => new KeypointMark(
                        keypoint.Index + 1,
                        $"{names[keypoint.Index]}: {Describe(keypoint, certificate)}",
                        (keypoint.PredictedX, keypoint.PredictedY),
                        keypoint.Verdict)
                    {
                        Label = LabelOf(sample, keypoint.Index),
                        Range = ((keypoint.LowerX, keypoint.LowerY), (keypoint.UpperX, keypoint.UpperY)),
                        Tolerance = ToleranceOf(keypoint, certificate),
                    }),
            ],
            $"{sample.Name}: {Verdicts(certificate)}");

    /// <summary>The worst case that was found: where each keypoint goes from where it is on the clean image.</summary>
    public static string DrawWorst(
        ShownImage shown, KeypointSample sample, IReadOnlyList<string> names, Certificate certificate, WorstCase worst) =>
            KeypointFigure.Draw(
        shown, [.. Stated(certificate).Select(keypoint => new KeypointMark(
            keypoint.Index + 1, names[keypoint.Index], (worst.Positions[2 * keypoint.Index], worst.Positions[(2 * keypoint.Index) + 1]),
            keypoint.Verdict)
        {
            // Where the scene moves, the label moves along.
            Label = certificate.Property.ToString()!.Contains("moves") ? null : LabelOf(sample, keypoint.Index),
            From = (keypoint.PredictedX, keypoint.PredictedY),
            Tolerance = certificate.Property.ToString()!.Contains("moves") ? null : ToleranceOf(keypoint, certificate),
        })], WorstCase.Describe(certificate.PerturbationSet, worst.Theta));

    /// <summary>For example <c>21 certified, 1 falsified, 1 unknown of 23</c>.</summary>
    public static string Verdicts(Certificate certificate) =>
        $"{certificate.Certified} certified, {certificate.Falsified} falsified, {certificate.Unknown} unknown of "
        + $"{certificate.Certified + certificate.Falsified + certificate.Unknown}";

    /// <summary>What is known of a keypoint, for example <c>certified, moves by at most 0.8 px</c>.</summary>
    public static string Describe(KeypointResult keypoint, Certificate certificate) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Word(keypoint, certificate)}, proved within {keypoint.ProvedTolerance:0.##} px of its "
            + $"{(certificate.AgainstLabel ? "label" : "place")}");

    /// <summary>The verdict in a word or two: a falsified keypoint is wrong already, or broken by the change.</summary>
    public static string Word(KeypointResult keypoint, Certificate certificate) => keypoint.Verdict switch
    {
        Verdict.Falsified => IsWrongAlready(keypoint, certificate) ? "wrong already" : "broken by the change",
        Verdict.Unknown => "undecided",
        _ => keypoint.Verdict.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether the prediction on the clean image is beyond the tolerance.</summary>
    public static bool IsWrongAlready(KeypointResult keypoint, Certificate certificate)
    {
        double x = Math.Abs(keypoint.PredictedX - keypoint.ReferenceX), y = Math.Abs(keypoint.PredictedY - keypoint.ReferenceY);
        return (certificate.Property.Keypoints!.Norm == KeypointNorm.Euclidean ? Math.Sqrt((x * x) + (y * y)) : Math.Max(x, y))
            > certificate.Tolerance;
    }

    private static IEnumerable<KeypointResult> Stated(Certificate certificate) =>
        certificate.Keypoints.Where(keypoint => keypoint.Verdict != Verdict.Unlabelled);

    private static (double X, double Y)? LabelOf(KeypointSample sample, int index) =>
        sample.Visible[index] ? (sample.Keypoints[2 * index], sample.Keypoints[(2 * index) + 1]) : null;

    private static ((double X, double Y) Low, (double X, double Y) High) ToleranceOf(KeypointResult keypoint, Certificate certificate) =>
        (
            (keypoint.ReferenceX - certificate.Tolerance, keypoint.ReferenceY - certificate.Tolerance),
            (keypoint.ReferenceX + certificate.Tolerance, keypoint.ReferenceY + certificate.Tolerance));
}
