using KeypointRobustness.Reproduction;

namespace KeypointRobustness.Tests.Reproduction;

[TestFixture]
internal sealed class HardnessStudyTests
{
    [Test]
    public void CorrelationIsThatOfRanks()
    {
        // Ranks 1 2 3 4 5 against 2 1 4 3 5: squared differences 1 1 1 1 0, so 1 - 6 * 4 / (5 * 24) = 0.8.
        Assert.That(Correlation([1, 10, 100, 1000, 10000], [0.2, 0.1, 0.4, 0.3, 0.5]), Is.EqualTo(0.8).Within(1e-12));
        Assert.That(Correlation([1, 2, 3], [5, 4, -1]), Is.EqualTo(-1).Within(1e-12));
    }

    [Test]
    public void TiesShareTheirRank()
    {
        // Ranks 1.5 1.5 3 against 1 2 3: covariance 1.5 / 2, deviations sqrt(0.75) and 1.
        Assert.That(Correlation([7, 7, 8], [1, 2, 3]), Is.EqualTo(0.75 / Math.Sqrt(0.75)).Within(1e-12));
    }

    [Test]
    public void WithinLayersEachLayerIsRankedAlone()
    {
        // Layers agree with opposite signs; together they would say something else.
        ChannelHardness[] channels = [.. Layer("a", [1, 2, 3], [1, 2, 3]), .. Layer("b", [10, 11, 12], [30, 20, 10])];
        Assert.That(HardnessStudy.CorrelationWithinLayers(channels, 0), Is.EqualTo(0).Within(1e-12));
        Assert.That(HardnessStudy.Correlation(channels, 0), Is.Positive);
    }

    private static double Correlation(double[] foretold, double[] drops) => HardnessStudy.Correlation(Layer("a", foretold, drops), 0);

    private static IEnumerable<ChannelHardness> Layer(string name, double[] foretold, double[] drops) =>
        foretold.Zip(drops, (value, drop) => new ChannelHardness(name, 0, drop, [value]));
}
