using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Usn;

public sealed class UsnScoreTests
{
    [Test]
    public void RawFallsWithTheDeviation()
    {
        Assert.That(UsnScore.Raw([0, 1, 3]), Is.EqualTo(new[] { 1, 0.5, 0.25 }));
        Assert.That(UsnScore.Raw([4], scale: 4), Is.EqualTo(new[] { 0.5 }));
    }

    [Test]
    public void RelativeComparesWithTheNaturalVariance() =>
        Assert.That(UsnScore.Relative([1, 1, 0, 0, 2], [1, 3, 5, 0, 0]), Is.EqualTo(new[] { 0.5, 0.75, 1, 0, 0 }));

    [Test]
    public void ContributionCarriesTheDeviationToTheOutput()
    {
        using var scope = NewDisposeScope();

        // Both channels of the map move by ±0.2 times their weight at each of four places; behind it a change can grow fivefold.
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 2, 1L, bias: false)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()), ("fc", nn.Linear(8, 1)));
        var graph = Graph.Of(network, 1, 2, 2);
        ((Conv2d)graph.Nodes[1].Module!).weight.Set(1, 3);
        ((Linear)graph.Output.Module!).weight.Set(0, 0, 0, 3, 4, 0, 0, 0);
        using var measurement = SampledUsnMetric.GaussLegendre(2)
            .Measure(graph, full([1, 1, 2, 2], 0.5), SemanticSet.Of(new Brightness(-0.2, 0.2)).WithoutClip());
        var (layer, bound) = (measurement.Layers.Single(), LipschitzBound.Of(graph));
        double[] contribution = [25 * 4 * 0.04 / 3, 25 * 4 * 9 * 0.04 / 3];
        Assert.That(layer.ChannelContribution(bound), Is.EqualTo(contribution).Within(1e-4));
        Assert.That(UsnScore.Contribution(layer, bound, 2), Is.EqualTo(contribution.Select(value => 1 / (1 + (value / 2)))).Within(1e-5));
    }

    [Test]
    public void ContributionsOfACutAddUpToNoLessThanTheMoveOfTheOutput()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var bound = LipschitzBound.Of(graph);
        var images = stack([random.Image(), random.Image()]);
        using var measurement = new SampledUsnMetric(8).Measure(graph, images, SemanticSet.Of(new Brightness(-0.1, 0.1)), [.. bound.Cuts]);
        var output = measurement[graph.Output].Deviation.Numbers().Sum();
        foreach (var layer in measurement.Layers)
            Assert.That(layer.ChannelContribution(bound).Sum(), Is.GreaterThanOrEqualTo((output * 0.9999) - 1e-9), layer.Node.ToString());
    }

    [Test]
    public void ARankSumAddsThePlacesOfEachScore()
    {
        Assert.That(UsnScore.RankSum([0.1, 0.3, 0.2]), Is.EqualTo(new[] { 0.0, 2, 1 }));
        Assert.That(UsnScore.RankSum([0.1, 0.3, 0.2], [700, 700, 5]), Is.EqualTo(new[] { 1.5, 3.5, 1 }));
        Assert.That(UsnScore.RankSum([1, 1, 1], [0, 1, 2], [2, 1, 0]), Is.EqualTo(new[] { 3.0, 3, 3 }));
        Assert.That(UsnScore.RankSum([], []), Is.Empty);
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.That(() => UsnScore.RankSum(), Throws.ArgumentException);
        Assert.That(() => UsnScore.RankSum([1, 2], [1]), Throws.ArgumentException);
        Assert.That(() => UsnScore.Raw([1], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => UsnScore.Raw([1], double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => UsnScore.Relative([1], [1, 2]), Throws.ArgumentException);
    }
}
