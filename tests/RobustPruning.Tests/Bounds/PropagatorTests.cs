using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

public sealed class PropagatorTests
{
    private static IBoundPropagator[] Domains =>
        [
            new IntervalPropagator(),
            new SemanticIntervalPropagator(SymbolBudget.None),
            new SemanticIntervalPropagator(new SymbolBudget(3)),
            new SemanticIntervalPropagator(SymbolBudget.All),
        ];

    [TestCaseSource(nameof(Domains))]
    public void NothingLeaks(IBoundPropagator domain)
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("bn", nn.BatchNorm2d(2)), ("relu", nn.ReLU()),
            ("pool", nn.AvgPool2d(2L)), ("flatten", nn.Flatten()), ("fc", nn.Linear(2, 4)), ("relu2", nn.ReLU()), ("fc2", nn.Linear(4, 2)));
        network.eval();
        var graph = Graph.Of(network, 1, 3, 3);
        var set = SemanticSet.Of(new Brightness(-0.5, 0.5));
        using var image = rand(1, 3, 3);
        using var images = set.Enclose(image, set.Box);
        Assert.That(LiveTensors.Growth(50, () => domain.Propagate(graph, images).Dispose()), Is.LessThanOrEqualTo(0), domain.Name);
    }

    [TestCaseSource(nameof(Domains))]
    public void NothingLeaksWhereBranchesMeet(IBoundPropagator domain)
    {
        var builder = new GraphBuilder([1, 6, 6]);
        var first = builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 2, 3L, padding: 1)));
        var second = builder.Sigmoid("sigmoid", builder.Convolution("conv2", first, nn.Conv2d(2, 2, 3L, padding: 1)));
        var joined = builder.Concatenation("cat", builder.Addition("add", first, second), first);
        var pooled = builder.AdaptiveAveragePool("global", builder.MaxPool("max", joined, nn.MaxPool2d(2L)), nn.AdaptiveAvgPool2d(2));
        using var network = new GraphModule(builder.Build(builder.LeakyRelu("leaky", builder.Flatten("flatten", pooled))));
        var set = SemanticSet.Of(new Brightness(-0.5, 0.5));
        using var image = rand(1, 6, 6);
        using var images = set.Enclose(image, set.Box);
        Assert.That(LiveTensors.Growth(20, () => domain.Propagate(network.Graph, images).Dispose()), Is.LessThanOrEqualTo(0), domain.Name);
    }

    [TestCaseSource(nameof(Domains))]
    public void APassStopsBeforeAnyNodeAndLeaksNothing(IBoundPropagator domain)
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()), ("fc", nn.Linear(8, 4)));
        var graph = Graph.Of(network, 1, 3, 3);
        var set = SemanticSet.Of(new Brightness(-0.5, 0.5));
        using var image = rand(1, 3, 3);
        using var images = set.Enclose(image, set.Box);
        var interruptible = (IInterruptiblePropagator)domain;
        for (var nodes = 0; nodes < graph.Nodes.Count - 1; nodes++)
        {
            var asked = 0;
            Assert.That(interruptible.Propagate(graph, images, () => asked++ >= nodes), Is.Null);
            Assert.That(asked, Is.InRange(nodes + 1, nodes + 2), "a second attempt asks once more");
            Assert.That(LiveTensors.Growth(20, () =>
            {
                asked = 0;
                interruptible.Propagate(graph, images, () => asked++ >= nodes);
            }), Is.LessThanOrEqualTo(0), domain.Name);
        }

        using var bounds = interruptible.Propagate(graph, images, () => false);
        Assert.That(bounds, Is.Not.Null);
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
