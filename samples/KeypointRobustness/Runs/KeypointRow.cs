using RobustPruning.Certification;

namespace KeypointRobustness.Runs;

/// <summary>What the certificates of a set of images say about one keypoint.</summary>
/// <param name="name">Its name.</param>
internal sealed class KeypointRow(string name)
{
    private readonly List<double> _errors = [];
    private readonly List<double> _radii = [];

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its verdicts.</summary>
    public SortedDictionary<string, long> Verdicts { get; } = CertificateSummary.NoVerdicts();

    /// <summary>
    /// On how many images it is beyond the tolerance on the clean image already, which can be seen where a label is the reference.
    /// </summary>
    public long WrongAlready { get; private set; }

    /// <summary>On how many images it is right on the clean image, and a change breaks it.</summary>
    public long Broken { get; private set; }

    /// <summary>Its mean distance from the label on the clean images; NaN where no label is the reference.</summary>
    public double MeanErrorPx => _errors.Count == 0 ? double.NaN : _errors.Average();

    /// <summary>Its distances from the label.</summary>
    public IReadOnlyList<double> Errors => _errors;

    /// <summary>The distance from its reference within which it is proved to stay on every image; NaN without any.</summary>
    public double ProvedPx { get; private set; } = double.NaN;

    /// <summary>
    /// The share of the range up to which it is certified on every image that had it right; null where that was not searched.
    /// </summary>
    public double? LeastRadius => _radii.Count == 0 ? null : _radii.Min();

    /// <summary>The mean of that share over images; null where that was not searched.</summary>
    public double? MeanRadius => _radii.Count == 0 ? null : _radii.Average();

    /// <summary>Counts an image.</summary>
    /// <param name="keypoint">What was found about the keypoint.</param>
    /// <param name="certificate">The image's certificate.</param>
    /// <param name="radius">The certified share of the range; null where there is none.</param>
    public void Add(KeypointResult keypoint, Certificate certificate, double? radius)
    {
        Verdicts[keypoint.Verdict.ToString().ToLowerInvariant()]++;
        if (keypoint.Verdict == Verdict.Unlabelled)
            return;
        ProvedPx = double.IsNaN(ProvedPx) ? keypoint.ProvedTolerance : Math.Max(ProvedPx, keypoint.ProvedTolerance);
        if (radius is { } share)
            _radii.Add(share);
        if (certificate.AgainstLabel)
        {
            double x = keypoint.PredictedX - keypoint.ReferenceX, y = keypoint.PredictedY - keypoint.ReferenceY;
            _errors.Add(Math.Sqrt((x * x) + (y * y)));
        }

        if (CertificationRun.IsWrongAlready(keypoint, certificate))
            WrongAlready++;
        else if (keypoint.Verdict == Verdict.Falsified)
            Broken++;
    }
}
