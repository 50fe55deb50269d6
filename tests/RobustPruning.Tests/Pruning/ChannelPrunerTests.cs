using RobustPruning.Graphs;
using RobustPruning.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class ChannelPrunerTests
{
    private const int Cases = 200;

    [Test]
    public void RemovingChannelsEqualsMaskingThem()
    {
        var seed = TestEnvironment.FreshSeed();
        int pruned = 0, channels = 0;

        // As many cases as it takes to remove enough channels, since some draws of 200 remove fewer.
        for (var number = 0; number < Cases || (channels <= 2 * Cases && number < 2 * Cases); number++)
        {
            using var scope = NewDisposeScope();
            using var network = RandomGraphs.Network(unchecked(seed + number));
            network.to(float64);
            var plan = Draw(network.Graph, new Random(unchecked(seed + number)));
            var images = rand([3, .. network.Graph.Input.Shape], dtype: float64);
            using var small = ChannelPruner.Apply(network.Graph, plan);
            using (no_grad())
            {
                var masked = MaskedRun.Forward(plan, images);
                var scale = 1e-9 * (1 + masked.Numbers().Max(Math.Abs));
                Assert.That(TensorValues.Gap(small.forward(images), masked), Is.LessThan(scale), $"case {number}\n{network.Graph}\n{plan}");
            }

            TrainAStep(small, images);
            AssertThatRatiosHold(network.Graph, small.Graph, plan);
            channels += plan.Removed.Values.Sum(removed => removed.Count);
            pruned += plan.Removed.Values.Any(removed => removed.Count > 0) ? 1 : 0;
        }

        Assert.That(pruned, Is.GreaterThan(Cases / 2), "most networks have channels to remove");
        Assert.That(channels, Is.GreaterThan(2 * Cases));
    }

    [Test]
    public void RemovingChannelsOfAnySequentialEqualsMaskingThem()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases / 4; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            network.to(float64);
            var graph = Graph.Of(network, random.Shape);
            var plan = Draw(graph, new Random(unchecked(seed + number)));
            var images = stack([random.Image(), random.Image()]).to(float64);
            var original = network.forward(images);
            using var pruned = ChannelPruner.Apply(graph, plan);
            Assert.That(TensorValues.Gap(network.forward(images), original), Is.Zero, "the original is left as it was");
            var masked = MaskedRun.Forward(plan, images);
            Assert.That(
                TensorValues.Gap(pruned.forward(images), masked),
                Is.LessThan(1e-9 * (1 + masked.Numbers().Max(Math.Abs))),
                $"case {number}\n{graph}\n{plan}");
        }
    }

    [Test]
    public void EveryLayerReallyShrinks()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 4, 3L)), ("bn", nn.BatchNorm2d(4)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()),
            ("fc", nn.Linear(36, 2)));
        var graph = Graph.Of(network, 1, 5, 5);
        using var pruned = ChannelPruner.Apply(
            graph,
            PruningPlan.Create(graph, new Dictionary<ChannelGroup, double[]> { [ChannelGroup.Of(graph).Single()] = [1, 4, 2, 3] }));
        Assert.That(pruned.Graph.Nodes.Select(node => node.ToString()),
            Is.EqualTo(new[] { "input [1x5x5]", "conv [2x3x3]", "bn [2x3x3]", "relu [2x3x3]", "flatten [18]", "fc [2]" }));
        Assert.That(
            pruned.named_parameters().Select(named => string.Join('x', named.parameter.shape)),
            Is.EqualTo(new[] { "2x1x3x3", "2", "2", "2", "2x18", "2" }));
        Assert.That(pruned.Graph.Parameters, Is.EqualTo(18 + 2 + 2 + 2 + 36 + 2));
        Assert.That(graph.Parameters, Is.EqualTo(36 + 4 + 4 + 4 + 72 + 2));
    }

    [Test]
    public void ADepthwiseConvolutionLosesItsGroups()
    {
        var builder = new GraphBuilder([2, 4, 4]);
        var node = builder.Convolution("conv", builder.Input, nn.Conv2d(2, 4, 1L));
        node = builder.Convolution("depthwise", node, nn.Conv2d(4, 8, 3L, padding: 1, groups: 4));
        using var network = new GraphModule(builder.Build(builder.Convolution("head", node, nn.Conv2d(8, 1, 1L))));
        var plan = PruningPlan.Nothing(network.Graph).Remove(ChannelGroup.Of(network.Graph).Single(), 0, 2, 3);
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        Assert.That(pruned.Graph.Nodes.Skip(1).Select(layer => string.Join('x', layer.Module!.get_parameter("weight")!.shape)),
            Is.EqualTo(new[] { "1x2x1x1", "2x1x3x3", "1x2x1x1" }));
    }

    [Test]
    public void TheGroupsOfAGroupedConvolutionStayInStep()
    {
        var builder = new GraphBuilder([2, 4, 4]);
        var node = builder.Convolution("conv", builder.Input, nn.Conv2d(2, 6, 1L));
        node = builder.Convolution("grouped", node, nn.Conv2d(6, 4, 3L, padding: 1, groups: 2));
        using var network = new GraphModule(builder.Build(builder.Convolution("head", node, nn.Conv2d(4, 1, 1L))));
        var groups = ChannelGroup.Of(network.Graph);
        using var pruned = ChannelPruner.Apply(network.Graph, PruningPlan.Nothing(network.Graph).Remove(groups[0], 1).Remove(groups[1], 0));
        Assert.That(pruned.Graph.Nodes.Skip(1).Select(layer => string.Join('x', layer.Module!.get_parameter("weight")!.shape)),
            Is.EqualTo(new[] { "4x2x1x1", "2x2x3x3", "1x2x1x1" }));
    }

    [Test]
    public void TheModeAndTheGradientsOfEachLayerStay([Values] bool training)
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 4, 3L)), ("bn", nn.BatchNorm2d(4)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 1, 1L)));
        network.train(training);
        var graph = Graph.Of(network, 1, 5, 5);
        var normalization = graph.Nodes[2].Module!;
        normalization.eval();
        foreach (var parameter in normalization.parameters())
            parameter.requires_grad = false;
        using var pruned = ChannelPruner.Apply(graph, Draw(graph, new Random(1)));
        Assert.That(pruned.training, Is.EqualTo(training));
        Assert.That(pruned.named_children().Select(child => child.module.training), Is.EqualTo(new[] { training, false, training }));
        Assert.That(
            pruned.named_parameters().Where(named => !named.parameter.requires_grad).Select(named => named.name),
            Is.EqualTo(new[] { "bn.weight", "bn.bias" }));
    }

    [Test]
    public void APrunedNetworkTrainsAndIsPrunedAgain()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("a", nn.Linear(3, 8)), ("relu", nn.ReLU()), ("b", nn.Linear(8, 2)));
        var graph = Graph.Of(network, 3);
        using var once = ChannelPruner.Apply(graph, Halve(graph));
        TrainAStep(once, randn(4, 3));
        using var twice = ChannelPruner.Apply(once.Graph, Halve(once.Graph));
        Assert.That(twice.Graph.Nodes[1].Channels, Is.EqualTo(2));
    }

    [Test]
    public void NothingLeaks()
    {
        using var network = RandomGraphs.Network(7);
        var plan = Draw(network.Graph, new Random(7));
        Assert.That(
            LiveTensors.Growth(10, () => ChannelPruner.Apply(network.Graph, plan).Dispose(), network.parameters().Count()),
            Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void APlanForAnotherNetworkIsRefused()
    {
        using var first = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        using var second = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        var plan = Halve(Graph.Of(first, 3));
        Assert.That(
            () => ChannelPruner.Apply(Graph.Of(second, 3), plan),
            Throws.TypeOf<PruningException>().With.Message.Contains("'a' of another network"));
    }

    [Test]
    public void SharedWeightsAreRefusedByName()
    {
        using var shared = nn.Linear(3, 3);
        var builder = new GraphBuilder([3]);
        var graph = builder.Build(
            builder.Linear("c", builder.Linear("b", builder.Linear("a", builder.Input, shared), shared), nn.Linear(3, 1)));
        Assert.That(() => ChannelPruner.Apply(graph, PruningPlan.Nothing(graph)),
            Throws.TypeOf<GraphException>().With.Message.Contains("'a'").And.Message.Contains("'b'"));
    }

    private static PruningPlan Halve(Graph graph) =>
        PruningPlan.Create(
            graph,
            ChannelGroup
                .Of(graph)
                .ToDictionary(group => group, group => Enumerable.Range(0, group.Width).Select(channel => (double)channel).ToArray()));

    /// <summary>Any channels, but one of each group at least stays.</summary>
    private static PruningPlan Draw(Graph graph, Random random)
    {
        var plan = PruningPlan.Nothing(graph);
        foreach (var group in plan.Removed.Keys)
            plan = plan.Remove(group, [.. Enumerable.Range(0, group.Width).OrderBy(_ => random.Next()).Take(random.Next(group.Width))]);
        return plan;
    }

    private static void TrainAStep(GraphModule network, Tensor images)
    {
        network.train();
        using var optimizer = optim.SGD(network.parameters(), 0.01);
        network.forward(images).square().mean().backward();
        Assert.That(network.parameters().All(parameter => parameter.grad is not null), Is.True);
        optimizer.step();
    }

    private static void AssertThatRatiosHold(Graph before, Graph after, PruningPlan plan)
    {
        Assert.That(plan.ParameterRatio, Is.EqualTo(1 - ((double)after.Parameters / before.Parameters)).Within(1e-12));
        Assert.That(plan.MacRatio, Is.EqualTo(1 - ((double)after.Macs / before.Macs)).Within(1e-12));
    }
}
