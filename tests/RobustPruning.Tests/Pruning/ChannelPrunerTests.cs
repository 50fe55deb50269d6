using RobustPruning.Graphs;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class ChannelPrunerTests
{
    private const int Cases = 100;

    [Test]
    public void RemovingChannelsEqualsSilencingThem()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network(prunable: true);
            var graph = Graph.Of(network, random.Shape);
            var plan = Draw(graph, new Random(seed + number));
            var images = stack([random.Image(), random.Image()]);
            var original = network.forward(images);

            using var pruned = ChannelPruner.Apply(graph, plan);
            Assert.That(TensorValues.Gap(network.forward(images), original), Is.Zero, "the original is left as it was");
            foreach (var (group, removed) in plan.Removed)
                Silence(group, removed);
            var silenced = network.forward(images);
            var scale = 1e-5 * (1 + silenced.Numbers().Max(Math.Abs));
            Assert.That(TensorValues.Gap(pruned.forward(images), silenced), Is.LessThan(scale), $"case {number}\n{plan}");

            using var prunedLater = ChannelPruner.Apply(graph, plan);
            Assert.That(TensorValues.Gap(prunedLater.forward(images), silenced), Is.LessThan(scale), $"silent channels, case {number}\n{plan}");
        }
    }

    [Test]
    public void EveryLayerReallyShrinks()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 4, 3L)), ("bn", nn.BatchNorm2d(4)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()), ("fc", nn.Linear(36, 2)));
        var graph = Graph.Of(network, 1, 5, 5);
        var group = ChannelGroup.Of(graph).Single();
        using var pruned = ChannelPruner.Apply(graph, PruningPlan.Create(new Dictionary<ChannelGroup, double[]> { [group] = [1, 4, 2, 3] }, 0.5));
        Assert.That(pruned.Graph.Nodes.Select(node => node.ToString()),
            Is.EqualTo(new[] { "input [1x5x5]", "conv [2x3x3]", "bn [2x3x3]", "relu [2x3x3]", "flatten [18]", "fc [2]" }));
        Assert.That(pruned.named_parameters().Select(named => string.Join('x', named.parameter.shape)), Is.EqualTo(new[] { "2x1x3x3", "2", "2", "2", "2x18", "2" }));
        Assert.That(pruned.Graph.Parameters, Is.EqualTo(18 + 2 + 2 + 2 + 36 + 2));
        Assert.That(graph.Parameters, Is.EqualTo(36 + 4 + 4 + 4 + 72 + 2));
    }

    [Test]
    public void TheModeStays([Values] bool training)
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3L)), ("bn", nn.BatchNorm2d(4)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 1, 1L)));
        network.train(training);
        var graph = Graph.Of(network, 1, 5, 5);
        using var pruned = ChannelPruner.Apply(graph, Draw(graph, new Random(1)));
        Assert.That(pruned.training, Is.EqualTo(training));
        Assert.That(pruned.children().All(child => child.training == training), Is.True);
    }

    [Test]
    public void APrunedNetworkTrainsAndIsPrunedAgain()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("a", nn.Linear(3, 8)), ("relu", nn.ReLU()), ("b", nn.Linear(8, 2)));
        var graph = Graph.Of(network, 3);
        using var once = ChannelPruner.Apply(graph, Halve(graph));
        once.forward(randn(4, 3)).sum().backward();
        Assert.That(once.parameters().All(parameter => parameter.grad is not null), Is.True);
        using var twice = ChannelPruner.Apply(once.Graph, Halve(once.Graph));
        Assert.That(twice.Graph.Nodes[1].Channels, Is.EqualTo(2));
    }

    private static PruningPlan Halve(Graph graph) =>
        PruningPlan.Create(ChannelGroup.Of(graph).ToDictionary(group => group, group => Enumerable.Range(0, group.Width).Select(channel => (double)channel).ToArray()), 0.5);

    private static PruningPlan Draw(Graph graph, Random random) => PruningPlan.Create(
        ChannelGroup.Of(graph).ToDictionary(group => group, group => Enumerable.Range(0, group.Width).Select(_ => random.NextDouble()).ToArray()),
        group => random.Next(1, group.Width + 1));

    /// <summary>Makes channels 0 for every input, by the weights of the layers that make them.</summary>
    private static void Silence(ChannelGroup group, IReadOnlyList<int> channels)
    {
        foreach (var module in group.Normalizations.Select(node => node.Module!).Prepend(group.Producer.Module!))
        {
            foreach (var (_, values) in module.named_parameters())
            {
                var numbers = values.Numbers();
                var row = numbers.Length / group.Width;
                foreach (var channel in channels)
                    Array.Clear(numbers, channel * row, row);
                values.Set(numbers);
            }
        }
    }
}
