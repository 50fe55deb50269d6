using RobustPruning.Bounds;
using RobustPruning.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Verdicts on networks whose sensitivity is planted.</summary>
public sealed class VerdictTests
{
    [Test]
    public void JustInsideTheToleranceIsCertifiedAndJustOutsideFalsified()
    {
        Check(2.001, Verdict.Certified, Verdict.Certified);
        Check(1.999, Verdict.Certified, Verdict.Falsified);
        Check(1.001, Verdict.Certified, Verdict.Falsified);
        Check(0.999, Verdict.Falsified, Verdict.Falsified);
    }

    [Test]
    public void TheResultsAreTheTrueRanges()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        var certificate = certifier.Certify(image);
        var second = certificate.Keypoints[1];
        Assert.That((second.Index, second.PredictedX, second.PredictedY), Is.EqualTo((1, 7.0, 10.0)));
        Assert.That((second.ReferenceX, second.ReferenceY), Is.EqualTo((7.0, 10.0)));
        Assert.That(new[] { second.LowerX, second.UpperX, second.LowerY, second.UpperY }, Is.EqualTo(new[] { 7.0, 7, 8, 12 }).Within(1e-5));
        Assert.That(second.CertifiedRange, Is.EqualTo(2).Within(1e-5));
        Assert.That(second.ProvedTolerance, Is.EqualTo(2).Within(1e-5));
        Assert.That(second.Counterexample!.Violation, Is.EqualTo(0.5).Within(1e-5));
        Assert.That(Math.Abs(second.Counterexample.Theta.Single()), Is.EqualTo(0.1));
        Assert.That(certificate.CertifiedRange, Is.EqualTo(1.5).Within(1e-5));
        Assert.That((certificate.Certified, certificate.Falsified, certificate.Unknown, certificate.Boxes), Is.EqualTo((1, 1, 0, 1)));
        Assert.That(
            (certificate.Tolerance, certificate.AgainstLabel, certificate.Set),
            Is.EqualTo((1.5, false, "brightness in [-0.1, 0.1], clipped")));
    }

    [Test]
    public void ALooseDomainLeavesItUnknown()
    {
        using var network = PlantedDetector.Cancelling();
        using var image = PlantedDetector.Grey();
        using var loose = new Certifier(
            network,
            PlantedDetector.Light(),
            1,
            new CertifierOptions { Propagator = new IntervalPropagator(), MaxBoxes = 1 });
        using var tight = new Certifier(network, PlantedDetector.Light(), 1);
        Assert.That(loose.Certify(image).Keypoints.Single().Verdict, Is.EqualTo(Verdict.Unknown));
        Assert.That(tight.Certify(image).Keypoints.Single().Verdict, Is.EqualTo(Verdict.Certified));
    }

    [Test]
    public void AgainstALabelTheToleranceIsMeasuredFromIt()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var label = tensor(new[] { 5.5f, 3, 7, 10 });
        using var outside = new Certifier(network, PlantedDetector.Light(), 1.499);
        using var inside = new Certifier(network, PlantedDetector.Light(), 1.501);
        var falsified = outside.Certify(image, label).Keypoints[0];
        Assert.That(falsified.Verdict, Is.EqualTo(Verdict.Falsified));
        Assert.That(falsified.Counterexample!.Theta.Single(), Is.EqualTo(-0.1));
        Assert.That((falsified.PredictedX, falsified.ReferenceX), Is.EqualTo((5.0, 5.5)));
        var certificate = inside.Certify(image, label);
        Assert.That(certificate.Keypoints[0].Verdict, Is.EqualTo(Verdict.Certified));
        Assert.That(certificate.AgainstLabel, Is.True);
        Assert.That(inside.Certify(image).Keypoints[0].Verdict, Is.EqualTo(Verdict.Certified), "measured from the prediction");
    }

    [TestCase(float.NaN, float.NaN)]
    [TestCase(5f, float.NaN)]
    [TestCase(float.NaN, 3f)]
    public void AMissingLabelIsUnlabelledAndNotCounted(float x, float y)
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var label = tensor(new[] { x, y, 7, 10 });
        using var certifier = new Certifier(network, PlantedDetector.Light(), 0.5);
        var certificate = certifier.Certify(image, label);
        Assert.That(certificate.Keypoints[0].Verdict, Is.EqualTo(Verdict.Unlabelled));
        Assert.That(certificate.Keypoints[0].Counterexample, Is.Null);
        Assert.That((certificate.Certified, certificate.Falsified, certificate.Unknown), Is.EqualTo((0, 1, 0)));
        Assert.That(certificate.ToString(), Does.StartWith("0 certified, 1 falsified, 0 unknown of 1 in "));
    }

    [Test]
    public void AGreaterToleranceIsJudgedFromTheSameFindings()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 0.5);
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Falsified, Is.EqualTo(2));
        var wider = certificate.AtTolerance(1.5);
        Assert.That((wider.Certified, wider.Falsified, wider.Tolerance), Is.EqualTo((1, 1, 1.5)));
        Assert.That(wider.Keypoints[0].Counterexample, Is.Null);
        Assert.That(() => certificate.AtTolerance(0.4), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => certificate.AtTolerance(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static void Check(double tolerance, params Verdict[] expected)
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), tolerance);
        Assert.That(
            certifier.Certify(image).Keypoints.Select(keypoint => keypoint.Verdict),
            Is.EqualTo(expected),
            $"tolerance {tolerance}");
    }
}
