using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class PruningComparisonTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.25, 0.25));

    [Test]
    public void ATableShowsEveryLayerBeforeAndAfter()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var graph = Graph.Of(network, 1, 1, 1);
        using var pruned = ChannelPruner.Apply(graph, PruningPlan.Nothing(graph).Remove(ChannelGroup.Of(graph).Single(), 2));
        var images = full([1, 1, 1, 1], 0.5);
        var comparison = new PruningComparison(NetworkSummary.Of(graph, images, Light), NetworkSummary.Of(pruned.Graph, images, Light));
        Assert.That(comparison.ToString().Split(Environment.NewLine), Is.EqualTo(new[]
        {
            "layer  channels        parameters             MACs         unstable",
            "-----  --------  ----------------  ---------------  ---------------",
            "a         3 > 2             6 > 4            3 > 2  66.7 % > 50.0 %",
            "b             1             4 > 3            3 > 2",
            "all              10 > 7 (-30.0 %)  6 > 4 (-33.3 %)  66.7 % > 50.0 %",
        }));
        Assert.That(comparison.Layers[0].Before.UnstableShare, Is.EqualTo(2.0 / 3).Within(1e-12));
        Assert.That(comparison.Layers[0].After.UnstableShare, Is.EqualTo(0.5));
        Assert.That(comparison.Layers[1].Before.UnstableShare, Is.Null);
        Assert.That(comparison.MacRatio, Is.EqualTo(1 / 3.0).Within(1e-12));
        Assert.That(comparison.Before.Parameters, Is.EqualTo(graph.Parameters));
        Assert.That(comparison.After.Macs, Is.EqualTo(pruned.Graph.Macs));
    }

    [Test]
    public void WithoutImagesNothingIsUnstable()
    {
        using var network = Network();
        var summary = NetworkSummary.Of(Graph.Of(network, 1, 1, 1));
        Assert.That(summary.UnstableShare, Is.Null);
        Assert.That(summary.ToString(), Does.Not.Contain("%"));
    }

    [Test]
    public void OtherNetworksAreNotCompared()
    {
        using var network = Network();
        using var other = nn.Sequential(("other", nn.Linear(1, 1)));
        Assert.That(
            () => new PruningComparison(NetworkSummary.Of(Graph.Of(network, 1, 1, 1)), NetworkSummary.Of(Graph.Of(other, 1))),
            Throws.TypeOf<PruningException>());
    }

    [Test]
    public void ImagesOfAnotherShapeAreRefused()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        Assert.That(() => NetworkSummary.Of(Graph.Of(network, 1, 1, 1), rand(1, 1), Light), Throws.ArgumentException);
        Assert.That(() => NetworkSummary.Of(Graph.Of(network, 1, 1, 1), rand(1, 1, 2, 2), Light), Throws.TypeOf<GraphException>());
    }

    // At 0.5 ± 0.25 the neurons are 0 ± 0.25, 0 ± 0.25 turned round, and at least 1.
    private static Sequential Network() =>
        nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                        [-1],
                    ],
                    1,
                    -0.5,
                    0.5)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [1, 1, 1],
                    ],
                    0)));
}
