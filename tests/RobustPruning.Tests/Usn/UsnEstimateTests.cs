using RobustPruning.Usn;

namespace RobustPruning.Tests.Usn;

public sealed class UsnEstimateTests
{
    [Test]
    public void TheIntervalIsThatOfTheNormalDistribution()
    {
        var (lower, upper) = new UsnEstimate(5, 2, 1).Interval();
        Assert.That((lower, upper), Is.EqualTo((5 - (2 * 1.959964), 5 + (2 * 1.959964))).Within(1e-5));
    }

    [Test]
    public void WithOneImageItRestsOnTheDrawnParameters() =>
        Assert.That(new UsnEstimate(5, double.NaN, 1).Interval(0.6827).Upper, Is.EqualTo(6).Within(1e-3));

    [Test]
    public void AConfidenceIsBetweenZeroAndOne([Values(0, 1, -0.5, double.NaN)] double confidence) =>
        Assert.That(() => new UsnEstimate(1, 1, 1).Interval(confidence), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void ItReadsAsASentence() =>
        Assert.That(
            new UsnEstimate(0.01234, 0.0004, 0.0001).ToString(),
            Is.EqualTo("0.0123 (standard error 0.0004 over images, 0.0001 over θ)"));
}
