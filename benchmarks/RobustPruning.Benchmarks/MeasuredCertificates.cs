using RobustPruning.Certification;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>Certificates of some images, and what they cost.</summary>
/// <param name="Found">The certificates, in order.</param>
/// <param name="ProcessorSeconds">The processor's seconds for all of them.</param>
internal sealed record MeasuredCertificates(IReadOnlyList<Certificate> Found, double ProcessorSeconds)
{
    /// <summary>Certifies the first images of a set against their labels.</summary>
    /// <param name="certifier">The certifier.</param>
    /// <param name="testing">The images.</param>
    /// <param name="images">How many of them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <param name="tell">Told of each image and its certificate.</param>
    public static MeasuredCertificates Of(
        Certifier certifier, KeypointData testing, int images, CancellationToken cancellationToken, Action<int, Certificate>? tell = null)
    {
        var before = Environment.CpuUsage.TotalTime;
        List<Certificate> found = [];
        for (var index = 0; index < images; index++)
        {
            using var scope = NewDisposeScope();
            found.Add(certifier.Certify(testing.Images[index], testing.Labels[index], cancellationToken: cancellationToken));
            tell?.Invoke(index, found[^1]);
        }

        return new MeasuredCertificates(found, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    /// <summary>Refuses a number of images that there are not.</summary>
    public static void Require(int images, KeypointData testing)
    {
        if (images < 1 || images > testing.Count)
            throw new ArgumentOutOfRangeException("--images", images, $"There are {testing.Count} held-back images.");
    }

    /// <summary>The most memory that this process has taken so far.</summary>
    public static double PeakMemoryMiB => System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;

    /// <summary>The labelled claims.</summary>
    public int Stated => Found.Sum(certificate => certificate.Certified + certificate.Falsified + certificate.Unknown);

    /// <summary>The share of labelled keypoints that are within a tolerance on the clean image: no more can be certified.</summary>
    public double Right(double tolerance) => Share(certificate => certificate.Keypoints.Count(keypoint =>
        Math.Max(Math.Abs(keypoint.PredictedX - keypoint.ReferenceX), Math.Abs(keypoint.PredictedY - keypoint.ReferenceY)) <= tolerance));

    /// <summary>A number of claims as the share of all labelled ones.</summary>
    public double Share(Func<Certificate, int> count) => Math.Round((double)Found.Sum(count) / Stated, 4);
}
