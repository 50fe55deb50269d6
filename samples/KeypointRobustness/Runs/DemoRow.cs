using RobustPruning.Certification;
using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>What one way of training and pruning came to.</summary>
/// <param name="Way">Its name.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="Macs">Multiply-accumulate operations for one image.</param>
/// <param name="MeanErrorPx">Mean keypoint error on the test scenes, in pixels.</param>
/// <param name="OutputVariation">How much its predictions vary across scenes, relative to the labels.</param>
/// <param name="Trivial">Whether they hardly vary: then its certificates say nothing.</param>
/// <param name="Scenes">The certified scenes.</param>
/// <param name="Certificates">One for each certified scene.</param>
internal sealed record DemoRow(
    string Way,
    long Parameters,
    long Macs,
    double MeanErrorPx,
    double OutputVariation,
    bool Trivial,
    KeypointDataset Scenes,
    IReadOnlyList<Certificate> Certificates)
{
    public int Certified => Certificates.Sum(certificate => certificate.Certified);

    public int Falsified => Certificates.Sum(certificate => certificate.Falsified);

    public int Unknown => Certificates.Sum(certificate => certificate.Unknown);

    public double CertifiedRangePx => Certificates.Average(certificate => certificate.CertifiedRange);

    public double UnstableNeurons => Certificates.Average(certificate => certificate.UnstableNeurons);

    public double VerificationSeconds => Certificates.Sum(certificate => certificate.Elapsed.TotalSeconds);

    /// <summary>The same findings judged at another tolerance.</summary>
    public DemoRow AtTolerance(double tolerance) =>
        this with { Certificates = [.. Certificates.Select(certificate => certificate.AtTolerance(tolerance))] };
}
