using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>The graph of a <c>Sequential</c> against the <c>Sequential</c>'s own <c>forward</c>.</summary>
public sealed class LoweringTests
{
    [Test]
    public void EqualsForwardInEvaluationAndTrainingMode([Values] bool training)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 40; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            network.train(training);
            var images = stack([random.Image(), random.Image(), random.Image()]);
            var expected = network.forward(images);
            var graph = Graph.Of(network, random.Shape);
            Assert.That(TensorValues.Gap(graph.Forward(images), expected), Is.Zero, $"case {number}:\n{graph}");
        }
    }

    [Test]
    public void EveryNodesShapeIsTheShapeOfItsValue()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 40; number++)
        {
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            var graph = Graph.Of(network, random.Shape);
            foreach (var (node, value) in graph.Run(stack([random.Image(), random.Image()]), [.. graph.Nodes]))
                Assert.That(value.shape, Is.EqualTo((long[])[2, .. node.Shape]), node.ToString());
        }
    }

    [Test]
    public void NamesAreThoseOfTheChainWithInnerChainsAsPrefix()
    {
        using var network = nn.Sequential(
            ("first", nn.Sequential(("conv", nn.Conv2d(1, 2, 3L)), ("relu", nn.ReLU()))),
            ("conv", nn.Conv2d(2, 2, 1L)),
            ("flatten", nn.Flatten()),
            ("last", nn.Sequential(("fc", nn.Linear(18, 2)))));
        var graph = Graph.Of(network, 1, 5, 5);
        Assert.That(graph.Nodes.Select(node => node.Name), Is.EqualTo(
            new[] { "input", "first.conv", "first.relu", "conv", "flatten", "last.fc" }));
        Assert.That(graph.Nodes[1].ToString(), Is.EqualTo("first.conv [2x3x3]"));
    }

    [Test]
    public void UnnamedNestedChainsDoNotCollide()
    {
        using var network = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3L), nn.ReLU()), nn.Conv2d(2, 2, 1L));
        Assert.That(Graph.Of(network, 1, 5, 5).Nodes, Has.Count.EqualTo(4));
    }

    [Test]
    public void AModuleUsedTwiceRunsTwice()
    {
        using var scope = NewDisposeScope();
        var relu = nn.ReLU();
        using var network = nn.Sequential(("a", nn.Linear(3, 3)), ("r1", relu), ("b", nn.Linear(3, 3)), ("r2", relu));
        var input = randn(4, 3);
        Assert.That(TensorValues.Gap(Graph.Of(network, 3).Forward(input), network.forward(input)), Is.Zero);
    }

    [Test]
    public void ASingleLayerIsANetwork()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(3, 2);
        var input = randn(4, 3);
        Assert.That(TensorValues.Gap(Graph.Of(network, 3).Forward(input), network.forward(input)), Is.Zero);
    }
}
