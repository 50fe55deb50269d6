using RobustPruning.Certification;

namespace RobustPruning.Tests.Certification;

public sealed class CertificateTests
{
    [Test]
    public void CountsAndReadsAsOneLine()
    {
        var certificate = new Certificate(
            [Result(Verdict.Certified, 1), Result(Verdict.Certified, 2), Result(Verdict.Falsified, 3), Result(Verdict.Unknown, 6), Result(Verdict.Unlabelled, 8)],
            "brightness", 2, true, 4, 1.5, TimeSpan.FromSeconds(1.26));
        Assert.That(certificate.ToString(), Is.EqualTo("2 certified, 1 falsified, 1 unknown of 4 in 1.3 s"));
        Assert.That((certificate.Certified, certificate.Falsified, certificate.Unknown), Is.EqualTo((2, 1, 1)));
        Assert.That(certificate.CertifiedRange, Is.EqualTo(4));
    }

    private static KeypointResult Result(Verdict verdict, double width) => new(0, verdict, 0, 0, 0, 0, 0, width, -width, 0, null);
}
