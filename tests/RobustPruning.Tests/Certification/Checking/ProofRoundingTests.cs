using RobustPruning.Certification;

namespace RobustPruning.Tests.Certification.Checking;

public sealed class ProofRoundingTests
{
    [TestCase(1)]
    [TestCase(10_000)]
    public void GammaGrowsWithTheTermsAndTheUnit(long terms) =>
        Assert.That(ProofRounding.Gamma(terms), Is.EqualTo(terms * Math.Pow(2, -53)).Within(1e-9).Percent);
}
