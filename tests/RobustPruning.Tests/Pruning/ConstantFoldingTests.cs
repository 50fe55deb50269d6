using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class ConstantFoldingTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1));

    [Test]
    public void ASilentChannelLeavesAndTheFunctionStays()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 4, 3L, padding: 1)),
            ("relu", nn.ReLU()),
            ("conv2", nn.Conv2d(4, 2, 3L, padding: 1)));
        Silence(network, "conv", 1, -5);
        var graph = Graph.Of(network, 1, 6, 6);
        var images = rand(3, 1, 6, 6);
        var plan = ConstantFolding.Plan(graph, images, Light);
        Assert.That(plan.Removed.Values.Single(), Does.Contain(1));
        AssertSameFunction(graph, plan, images);
    }

    [Test]
    public void AConstantGoesIntoTheReadersBias([Values] bool bias, [Values(1, 2)] int groups)
    {
        using var scope = NewDisposeScope();

        // Channel 2 is 3 everywhere, behind a sigmoid another one about 0.5.
        using var network = nn.Sequential(
            ("conv", PlantedConvolution(4)),
            ("relu", nn.ReLU()),
            ("conv2", nn.Conv2d(4, 4, 2L, dilation: 2, groups: groups, bias: bias)),
            ("sigmoid", nn.Sigmoid()),
            ("conv3", nn.Conv2d(4, 2, 2L, bias: bias)));
        Silence(network, "conv", 2, 3);
        Silence(network, "conv", 0, 2);
        Silence(network, "conv2", 1, 0);
        Silence(network, "conv2", 3, 0);
        var graph = Graph.Of(network, 1, 6, 6);
        var images = rand(3, 1, 6, 6);
        var plan = ConstantFolding.Plan(graph, images, Light);
        var names = plan.Removed.ToDictionary(entry => entry.Key.Name, entry => entry.Value);

        // In two groups, channels 0 and 2 stand in the same place and so do 1 and 3.
        Assert.That(names["conv"], Is.EqualTo(groups == 1 ? new[] { 0, 2 } : [0]));
        Assert.That(names["conv2"], groups == 1 ? Is.EqualTo(new[] { 1, 3 }) : Is.EqualTo(new[] { 1 }));
        AssertSameFunction(graph, plan, images);
    }

    [Test]
    public void AConstantBehindAResidualBlockAndAFlattenIsFolded()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([1, 4, 4]);
        var node = builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 3, 1L)));
        var inner = builder.Convolution("inner", node, nn.Conv2d(3, 3, 1L));
        node = builder.Relu("relu2", builder.Addition("add", inner, node));
        var vector = builder.Flatten("flatten", builder.AveragePool("pool", node, nn.AvgPool2d(2L)));
        using var network = new GraphModule(builder.Build(builder.Linear("fc", vector, nn.Linear(12, 2, hasBias: false))));
        network.eval();
        Silence(network, "conv", 1, 2);
        Silence(network, "inner", 1, 0.5);
        var images = rand(2, 1, 4, 4);
        var plan = ConstantFolding.Plan(network.Graph, images, Light);
        Assert.That(plan.Removed.Single(entry => entry.Key.Name == "conv+inner").Value, Does.Contain(1));
        AssertSameFunction(network.Graph, plan, images);
    }

    [Test]
    public void AConstantThatPaddingCutsOffStays()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", PlantedConvolution(3)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(3, 2, 3L, padding: 1)));
        Silence(network, "conv", 2, 3);
        var graph = Graph.Of(network, 1, 6, 6);
        var images = rand(3, 1, 6, 6);
        Assert.That(ConstantFolding.Plan(graph, images, Light).Removed.Values.Single(), Is.Empty);
    }

    [Test]
    public void WhatIsConstantOnOneImageOnlyStays()
    {
        using var scope = NewDisposeScope();

        // Channel 0 is silent on the dark image, not on the bright one; 1 has another constant on each (a black pixel behind a clip).
        using var network = nn.Sequential(("conv", PlantedConvolution(3)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(3, 2, 1L)));
        network.get_parameter("conv.bias")!.Set(-0.5, 0, 0);
        var graph = Graph.Of(network, 1, 2, 2);
        var images = cat([full([1, 1, 2, 2], 0.2), full([1, 1, 2, 2], 0.8)], 0);
        Assert.That(ConstantFolding.Plan(graph, images.narrow(0, 0, 1), Light).Removed.Values.Single(), Is.EqualTo(new[] { 0 }));
        Assert.That(ConstantFolding.Plan(graph, images, Light).Removed.Values.Single(), Is.Empty);
    }

    [Test]
    public void OfAConstantGroupOneChannelStays()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 3, 1L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(3, 2, 1L)));
        for (var channel = 0; channel < 3; channel++)
            Silence(network, "conv", channel, channel);
        var graph = Graph.Of(network, 1, 2, 2);
        var images = rand(2, 1, 2, 2);
        var plan = ConstantFolding.Plan(graph, images, Light);
        Assert.That(plan.Removed.Values.Single(), Is.EqualTo(new[] { 1, 2 }));
        AssertSameFunction(graph, plan, images);
    }

    [Test]
    public void AChannelThatIsKeptAfterAllIsNotFolded()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 1L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 2, 1L)));
        Silence(network, "conv", 1, 5);
        Silence(network, "conv", 3, 7);
        var graph = Graph.Of(network, 1, 2, 2);
        var images = rand(2, 1, 2, 2);
        var plan = ConstantFolding.Plan(graph, images, Light);
        AssertSameFunction(graph, plan.Keep(plan.Removed.Keys.Single(), 1), images);
    }

    [Test]
    public void OnRandomNetworksTheFunctionStays()
    {
        var seed = TestEnvironment.FreshSeed();
        var removed = 0;
        for (var number = 0; number < 30 || (removed <= 10 && number < 90); number++)
        {
            using var scope = NewDisposeScope();
            using var network = RandomGraphs.Network(unchecked(seed + number));
            var random = new Random(unchecked(seed + number));
            foreach (var layer in network.Graph.Nodes.Where(
                node => node is ConvolutionNode && node.Module!.get_parameter("bias") is not null))
            {
                for (var channel = 0; channel < layer.Channels; channel++)
                {
                    if (random.Next(3) == 0)
                        Silence(network, layer.Name, channel, random.Next(-1, 2));
                }
            }

            var images = rand([2, .. network.Graph.Input.Shape]);
            var plan = ConstantFolding.Plan(network.Graph, images, Light);
            removed += plan.Removed.Values.Sum(channels => channels.Count);
            AssertSameFunction(network.Graph, plan, images);
        }

        Assert.That(removed, Is.GreaterThan(10));
    }

    [Test]
    public void BadInputIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 3, 1L)), ("conv2", nn.Conv2d(3, 2, 1L)));
        var graph = Graph.Of(network, 1, 2, 2);
        Assert.That(() => ConstantFolding.Plan(graph, rand(1, 2, 2), Light), Throws.ArgumentException.With.Message.Contains("[1, 2, 2]"));
        Assert.That(() => ConstantFolding.Plan(graph, rand(1, 1, 3, 3), Light), Throws.TypeOf<GraphException>());
        Assert.That(
            () => ConstantFolding.Plan(graph, rand(1, 1, 2, 2), Light, tolerance: -1),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    /// <summary>Each channel is the image.</summary>
    private static Conv2d PlantedConvolution(int channels)
    {
        var module = nn.Conv2d(1, channels, 1L);
        module.weight.Set([.. Enumerable.Repeat(1.0, channels)]);
        module.bias!.Set(new double[channels]);
        return module;
    }

    /// <summary>Makes an output channel of a convolution a constant.</summary>
    private static void Silence(nn.Module network, string layer, int channel, double constant)
    {
        var weight = network.get_parameter($"{layer}.weight")!;
        var numbers = weight.Numbers();
        var row = numbers.Length / (int)weight.shape[0];
        Array.Clear(numbers, channel * row, row);
        weight.Set(numbers);
        if (network.get_parameter($"{layer}.bias") is { } bias)
        {
            numbers = bias.Numbers();
            numbers[channel] = constant;
            bias.Set(numbers);
        }
    }

    private static void AssertSameFunction(Graph graph, PruningPlan plan, Tensor images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var pruned = ChannelPruner.Apply(graph, plan);
        pruned.eval();
        for (var n = 0; n < images.shape[0]; n++)
        {
            var moved = Light.Apply(images[n], Light.Box.Sample(8, new Random(n)));
            var before = graph.Forward(moved);
            Assert.That(
                TensorValues.Gap(pruned.forward(moved), before),
                Is.LessThan(1e-4 * (1 + before.Numbers().Max(Math.Abs))),
                $"{graph}\n{plan}");
        }
    }
}
