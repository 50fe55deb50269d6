using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Training;

namespace KeypointRobustness.Runs;

/// <summary>What one network of several came to, each trained or pruned in its own way.</summary>
/// <param name="Way">The way's name.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="Macs">Multiply-accumulate operations for one image.</param>
/// <param name="MeanErrorPx">Mean keypoint error on the test images, in pixels.</param>
/// <param name="OutputVariation">How much its predictions vary across images, relative to the labels.</param>
/// <param name="Images">The certified images.</param>
/// <param name="Certificates">One for each certified image.</param>
internal sealed record ComparedNetwork(
    string Way,
    long Parameters,
    long Macs,
    double MeanErrorPx,
    double OutputVariation,
    KeypointDataset Images,
    IReadOnlyList<Certificate> Certificates)
{
    /// <summary>Below this share of the labels' variation a network hardly looks at its image.</summary>
    public const double TrivialVariation = 0.25;

    /// <summary>Whether its predictions hardly vary: then its certificates say nothing.</summary>
    public bool Trivial => !(OutputVariation >= TrivialVariation);

    public int Certified => Certificates.Sum(certificate => certificate.Certified);

    public int Falsified => Certificates.Sum(certificate => certificate.Falsified);

    public int Unknown => Certificates.Sum(certificate => certificate.Unknown);

    public double CertifiedRangePx => Mean(certificate => certificate.CertifiedRange);

    public double UnstableNeurons => Mean(certificate => certificate.UnstableNeurons);

    public double VerificationSeconds => Certificates.Sum(certificate => certificate.Elapsed.TotalSeconds);

    /// <summary>A network, measured on test images.</summary>
    /// <param name="way">The way's name.</param>
    /// <param name="network">The network.</param>
    /// <param name="decoder">What reads keypoints off its output; null for coordinates.</param>
    /// <param name="testing">The test images.</param>
    /// <param name="images">Those that are certified.</param>
    /// <param name="certificates">Their certificates.</param>
    public static ComparedNetwork Of(
        string way, Graph network, HeatmapDecoder? decoder, KeypointData testing, KeypointDataset images,
        IReadOnlyList<Certificate> certificates) =>
        new(
            way, network.Parameters, network.Macs, KeypointEvaluation.MeanError(network, testing, decoder),
            KeypointEvaluation.OutputVariation(network, testing, decoder),
            images,
            certificates);

    /// <summary>The same findings judged at another tolerance.</summary>
    public ComparedNetwork AtTolerance(double tolerance) =>
        this with { Certificates = [.. Certificates.Select(certificate => certificate.AtTolerance(tolerance))] };

    private double Mean(Func<Certificate, double> of) => Certificates.Select(of).DefaultIfEmpty(double.NaN).Average();
}
