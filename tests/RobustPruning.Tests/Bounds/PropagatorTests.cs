using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

public sealed class PropagatorTests
{
    private static IBoundPropagator[] Domains =>
        [new IntervalPropagator(), new SemanticIntervalPropagator(SymbolBudget.None), new SemanticIntervalPropagator(new SymbolBudget(3)), new SemanticIntervalPropagator(SymbolBudget.All)];

    [TestCaseSource(nameof(Domains))]
    public void NothingLeaks(IBoundPropagator domain)
    {
        var random = new RandomNetworks(3);
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2));
        using var image = random.Image();
        using var images = set.Enclose(image, set.Box);
        Assert.That(LiveTensors.Growth(50, () => domain.Propagate(graph, images).Dispose()), Is.LessThanOrEqualTo(0), domain.Name);
    }

    [TestCaseSource(nameof(Domains))]
    public void APerturbedSetOfAnotherShapeIsRefused(IBoundPropagator domain)
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 1, 2L)));
        using var image = zeros(1, 4, 4);
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2));
        using var images = set.Enclose(image, set.Box);
        Assert.That(() => domain.Propagate(Graph.Of(network, 1, 5, 5), images), Throws.TypeOf<GraphException>());
    }

    [Test]
    public void BudgetsHaveNames()
    {
        Assert.That(Domains.Select(domain => domain.Name), Is.EqualTo(new[]
        {
            "interval", "semantic interval, no symbols", "semantic interval, 3 symbols", "semantic interval, all symbols",
        }));
    }

    [Test]
    public void PreActivationsComeInTheGraphsOrder()
    {
        var random = new RandomNetworks(4);
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2));
        using var image = random.Image();
        using var images = set.Enclose(image, set.Box);
        foreach (var domain in Domains)
        {
            using var bounds = domain.Propagate(graph, images);
            Assert.That(bounds.PreActivations.Select(node => node.Node), Is.EqualTo(graph.PreActivations));
            Assert.That(bounds.Output.Node, Is.SameAs(graph.Output));
        }
    }
}
