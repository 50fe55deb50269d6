using RobustPruning.Graphs;
using RobustPruning.Usn;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Usn.Lipschitz;

public sealed class LipschitzBoundTests
{
    [Test]
    public void NoJacobianOfARandomNetworkIsLargerThanTheBound()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var round = 0; round < 25; round++)
        {
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + round));
            using var network = random.Network();
            network.to(float64);
            var graph = Graph.Of(network, random.Shape);
            var bound = LipschitzBound.Of(graph);
            var image = random.Image().to(float64).unsqueeze(0);
            foreach (var node in graph.Nodes)
            {
                using var inner = NewDisposeScope();
                var norm = linalg.svdvals(Jacobian(graph, image, node)).max().item<double>();
                Assert.That(norm, Is.LessThanOrEqualTo(bound[node] * (1 + 1e-9)), node.ToString());
            }
        }
    }

    [Test]
    public void AChainMultipliesTheNormsOfTheLayersThatFollow()
    {
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()), ("fc1", PlantedNetwork.Linear([[3, 0], [0, -7]], 1, 2)), ("tanh", nn.Tanh()),
            ("leaky", nn.LeakyReLU(-1.5)), ("fc2", PlantedNetwork.Linear([[0, 2]], 0)));
        var graph = Graph.Of(network, 1, 1, 2);
        var bound = LipschitzBound.Of(graph);
        Assert.That(graph.Nodes.Select(node => bound[node]), Is.EqualTo(new[] { 21, 21, 3, 3, 2, 1 }).Within(1e-4));
        Assert.That(bound.Cuts, Is.EqualTo(graph.Nodes));
    }

    [Test]
    public void BranchesAddUpAndTheirInsidesAreNoCuts()
    {
        // x + 5·relu(2x), and the same beside x.
        var builder = new GraphBuilder([1]);
        var inner = builder.Linear("fc1", builder.Input, PlantedNetwork.Linear([[2]], 0));
        var relu = builder.Relu("relu", inner);
        var outer = builder.Linear("fc2", relu, PlantedNetwork.Linear([[5]], 0));
        var sum = builder.Addition("add", builder.Input, outer);
        var joined = builder.Concatenation("cat", sum, builder.Input);
        var graph = builder.Build(joined);
        var bound = LipschitzBound.Of(graph);
        Assert.That(
            new[] { inner, relu, outer, sum, joined }.Select(node => bound[node]),
            Is.EqualTo(new[] { 5, 5, 1, 1, 1.0 }).Within(1e-4));
        Assert.That(bound[builder.Input], Is.EqualTo(Math.Sqrt((11 * 11) + 1)).Within(1e-4));
        Assert.That(bound.Cuts, Is.EqualTo(new[] { builder.Input, joined }));
        Assert.That(bound.ToString(), Does.Contain("add [1]: 1").And.Contain("cat [2]: 1, cut"));
    }

    [Test]
    public void PoolsAndNormalisationHaveTheirOwnNorms()
    {
        // Overlapping 3×3 windows with step 2: a corner lies in one, a middle in four.
        Assert.That(First(nn.MaxPool2d(3, stride: 2), 5), Is.EqualTo(2).Within(1e-6));
        Assert.That(First(nn.MaxPool2d(2, stride: 2), 4), Is.EqualTo(1).Within(1e-6));
        Assert.That(First(nn.AvgPool2d(2, stride: 2), 4), Is.EqualTo(0.5).Within(1e-6));
        Assert.That(First(nn.AdaptiveAvgPool2d(1), 4), Is.EqualTo(0.25).Within(1e-6));
        Assert.That(First(nn.Sigmoid(), 4), Is.EqualTo(0.25).Within(1e-6));
        using var normalization = nn.BatchNorm2d(1, eps: 0.25);
        normalization.weight!.Set(-3);
        normalization.running_var!.Set(2);
        Assert.That(First(normalization, 4), Is.EqualTo(2).Within(1e-6));

        static double First(nn.Module<Tensor, Tensor> layer, long size)
        {
            var graph = Graph.Of(layer, 1, size, size);
            return LipschitzBound.Of(graph)[graph.Input];
        }
    }

    [Test]
    public void AConvolutionAndItsNormalisationCountAsOneLayer()
    {
        // Channel 0 is strong and then weakened, channel 1 the other way round: neither norm is reached together.
        using var convolution = nn.Conv2d(2, 2, 1L, bias: false);
        convolution.weight.Set(10, 0, 0, 0.1);
        using var normalization = nn.BatchNorm2d(2, eps: 0);
        normalization.weight!.Set(0.1, 10);
        using var network = nn.Sequential(("conv", convolution), ("bn", normalization));
        var graph = Graph.Of(network, 2, 30, 30);
        var bound = LipschitzBound.Of(graph);
        Assert.That(bound[graph.Input], Is.EqualTo(1).Within(3e-3));
        Assert.That(bound[graph.Nodes[1]], Is.EqualTo(10).Within(1e-4));
    }

    [Test]
    public void SomeOutputsMayHaveALowerBound()
    {
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            ("tanh", nn.Tanh()),
            (
                "fc",
                PlantedNetwork.Linear(
                    [
                        [6, 0],
                        [0, 1],
                        [0, 2],
                    ],
                    0,
                    0,
                    0)));
        var graph = Graph.Of(network, 1, 1, 2);
        var bound = LipschitzBound.Of(graph);
        var some = bound.ForOutputs(1, 2);
        Assert.That(graph.Nodes.Select(node => some[node]), Is.EqualTo(new[] { Math.Sqrt(5), Math.Sqrt(5), Math.Sqrt(5), 1 }).Within(1e-4));
        Assert.That(bound[graph.Input], Is.EqualTo(6).Within(1e-4));
        Assert.That(some.Cuts, Is.EqualTo(bound.Cuts));
        Assert.That(() => bound.ForOutputs(3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => bound.ForOutputs(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void WhatHasNoBoundIsRefused()
    {
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[double.NaN]], 0)));
        var graph = Graph.Of(network, 1, 1, 1);
        Assert.That(() => LipschitzBound.Of(graph), Throws.TypeOf<GraphException>().With.Message.Contains("fc"));
        ((TorchSharp.Modules.Linear)graph.Output.Module!).weight.Set(0);
        var bound = LipschitzBound.Of(graph);
        Assert.That(bound[graph.Input], Is.Zero);
        Assert.That(() => bound[Graph.Of(network, 1, 1, 1).Input], Throws.TypeOf<GraphException>());
    }

    [Test]
    public void NothingIsLeftBehind()
    {
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        Assert.That(LiveTensors.Growth(3, () => LipschitzBound.Of(graph)), Is.LessThanOrEqualTo(0));
    }

    /// <summary>∂f/∂z_i at a random value of z_i near its own, all that does not come after it held.</summary>
    private static Tensor Jacobian(Graph graph, Tensor image, GraphNode source)
    {
        Tensor? start = null;
        var output = graph.Evaluate<Tensor>(
            source == graph.Input ? Leaf(image) : image,
            (node, inputs) =>
            {
                var value = node.Forward(inputs);
                return node == source ? Leaf(value) : value;
            },
            (_, _) => { });

        // A source that the output ignores after saturation still has a gradient, of zeros: it is part of the sum.
        return stack([.. Enumerable.Range(0, (int)output.shape[1]).Select(row =>
            autograd.grad([output[0, row] + (start!.sum() * 0)], [start], retain_graph: true)[0].flatten())], 0);

        Tensor Leaf(Tensor value) => start = (value + (randn_like(value) * 0.1)).detach().requires_grad_();
    }
}
