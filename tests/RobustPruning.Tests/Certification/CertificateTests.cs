using RobustPruning.Certification;
using RobustPruning.Perturbations;

namespace RobustPruning.Tests.Certification;

public sealed class CertificateTests
{
    [Test]
    public void CountsAndReadsAsOneLine()
    {
        var certificate = Of(
            new KeypointProperty(2), Verdict.Certified, Verdict.Certified, Verdict.Falsified, Verdict.Unknown, Verdict.Unlabelled);
        Assert.That(certificate.ToString(), Is.EqualTo("2 certified, 1 falsified, 1 unknown of 4 in 1.3 s"));
        Assert.That((certificate.Certified, certificate.Falsified, certificate.Unknown), Is.EqualTo((2, 1, 1)));
        Assert.That((certificate.Tolerance, certificate.Set), Is.EqualTo((2.0, "brightness in [-0.1, 0.1], clipped")));
    }

    [Test]
    public void KeypointsHaveTheHullOfAllLeaves()
    {
        var certificate = Of(new KeypointProperty(2), Verdict.Unknown);
        var keypoint = certificate.Keypoints.Single();
        Assert.That((keypoint.LowerX, keypoint.UpperX, keypoint.LowerY, keypoint.UpperY), Is.EqualTo((-1.0, 3.0, -2.0, 4.0)));
        Assert.That((keypoint.CertifiedRange, certificate.CertifiedRange, keypoint.ProvedTolerance), Is.EqualTo((5.0, 5.0, 4.0)));
    }

    [Test]
    public void OtherPropertiesHaveNoKeypointsAndNoTolerance()
    {
        var certificate = Of(LinearProperty.Margins(2, 0), Verdict.Certified);
        Assert.That(certificate.Keypoints, Is.Empty);
        Assert.That(certificate.Tolerance, Is.NaN);
        Assert.That(() => certificate.AtTolerance(3), Throws.InvalidOperationException);
    }

    private static Certificate Of(OutputProperty property, params Verdict[] verdicts)
    {
        ParameterBox[] halves = [.. new ParameterBox([-0.1], [0.1]).Halve(0)];
        double[] zeros = new double[2 * verdicts.Length];
        return new Certificate(
            SemanticSet.Of(new Brightness(-0.1, 0.1)), property, false, zeros, zeros,
            [.. verdicts.Select((verdict, index) => new ClaimResult(index, verdict, null))],
            [new Leaf(halves[0], Repeat(-1, -2), Repeat(1, 4)), new Leaf(halves[1], Repeat(0, 0), Repeat(3, 2))],
            new CertifierOptions(), 4, 1.5, TimeSpan.FromSeconds(1.26));

        double[] Repeat(double x, double y) => [.. verdicts.SelectMany(_ => new[] { x, y })];
    }
}
