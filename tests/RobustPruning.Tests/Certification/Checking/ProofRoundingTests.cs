using RobustPruning.Certification;
using RobustPruning.Graphs;

namespace RobustPruning.Tests.Certification.Checking;

public sealed class ProofRoundingTests
{
    [TestCase(1)]
    [TestCase(10_000)]
    public void GammaGrowsWithTheTermsAndTheUnit(long terms)
    {
        var (real, single) = (new ProofRounding(float32Network: false).Gamma(terms), new ProofRounding(float32Network: true).Gamma(terms));
        Assert.That(real, Is.EqualTo(terms * Math.Pow(2, -53)).Within(1e-9).Percent);
        Assert.That(single, Is.EqualTo(terms * Math.Pow(2, -24)).Within(0.1).Percent);
    }

    [Test]
    public void SumsTooLongForThirtyTwoBitsAreRefused() =>
        Assert.That(() => new ProofRounding(float32Network: true).Gamma(1 << 23), Throws.TypeOf<GraphException>());
}
