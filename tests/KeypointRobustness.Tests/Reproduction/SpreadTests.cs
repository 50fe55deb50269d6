using KeypointRobustness.Reproduction;

namespace KeypointRobustness.Tests.Reproduction;

[TestFixture]
internal sealed class SpreadTests
{
    [Test]
    public void MeanAndSampleDeviation()
    {
        // Squares about the mean 4: 4 + 0 + 4, over n - 1 = 2.
        var spread = Spread.Of([2, 4, 6]);
        Assert.That(spread.Mean, Is.EqualTo(4));
        Assert.That(spread.Deviation, Is.EqualTo(2).Within(1e-12));
        Assert.That(spread.ToString("0.0"), Is.EqualTo("4.0 ± 2.0"));
    }

    [Test]
    public void OneSeedHasNoDeviationAndNothingIsADash()
    {
        Assert.That(Spread.Of([1.25]).ToString("0.00"), Is.EqualTo("1.25"));
        Assert.That(Spread.Of([1, double.NaN]).ToString("0.00"), Is.EqualTo("–"));
    }
}
