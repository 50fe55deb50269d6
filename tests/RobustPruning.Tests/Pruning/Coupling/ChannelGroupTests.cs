using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class ChannelGroupTests
{
    [Test]
    public void GroupsFollowTheChannelsToTheirReaders()
    {
        using var network = nn.Sequential(
            ("conv1", nn.Conv2d(1, 16, 3L)), ("bn1", nn.BatchNorm2d(16)), ("relu1", nn.ReLU()), ("pool", nn.AvgPool2d(2L)),
            ("conv2", nn.Conv2d(16, 4, 2L)), ("relu2", nn.ReLU()), ("flatten", nn.Flatten()),
            ("fc1", nn.Linear(16, 8)), ("relu3", nn.ReLU()), ("fc2", nn.Linear(8, 2)));
        var groups = ChannelGroup.Of(Graph.Of(network, 1, 8, 8));
        Assert.That(groups.Select(group => group.ToString()), Is.EqualTo(new[]
        {
            "16 channels of conv1, normalised by bn1, read by conv2",
            "4 channels of conv2, read by fc1 (4 inputs a channel)",
            "8 channels of fc1, read by fc2",
        }));
        Assert.That(groups.Select(group => group.PreActivations.Single().Node.Name), Is.EqualTo(new[] { "bn1", "conv2", "fc1" }));
        Assert.That(groups.Select(group => group.Width), Is.EqualTo(new[] { 16, 4, 8 }));
        Assert.That(groups[1].Inputs.Single().Entries[2], Is.EqualTo(new[] { 8, 9, 10, 11 }));
    }

    [Test]
    public void AddedChannelsLeaveTogether()
    {
        // Two residual blocks over one stem.
        var builder = new GraphBuilder([3, 8, 8]);
        var node = builder.Relu(
            "relu1",
            builder.BatchNormalization(
                "bn1",
                builder.Convolution("conv1", builder.Input, nn.Conv2d(3, 8, 3L, padding: 1)),
                nn.BatchNorm2d(8)));
        foreach (var block in new[] { "a", "b" })
        {
            var inner = builder.Relu($"{block}.relu1", builder.Convolution($"{block}.conv1", node, nn.Conv2d(8, 4, 3L, padding: 1)));
            var sum = builder.Addition($"{block}.add", builder.Convolution($"{block}.conv2", inner, nn.Conv2d(4, 8, 3L, padding: 1)), node);
            node = builder.Relu($"{block}.relu2", sum);
        }

        var pooled = builder.Flatten("flatten", builder.AdaptiveAveragePool("pool", node, nn.AdaptiveAvgPool2d(2)));
        using var network = new GraphModule(builder.Build(builder.Linear("fc", pooled, nn.Linear(32, 2))));
        var groups = ChannelGroup.Of(network.Graph);
        Assert.That(groups.Select(group => group.ToString()), Is.EqualTo(new[]
        {
            "8 channels of conv1, a.conv2 and b.conv2, added by a.add and b.add, normalised by bn1, read by a.conv1, b.conv1 and fc (4 "
            + "inputs a channel)",
            "4 channels of a.conv1, read by a.conv2",
            "4 channels of b.conv1, read by b.conv2",
        }));
        Assert.That(groups[0].Name, Is.EqualTo("conv1+a.conv2+b.conv2"));
        Assert.That(groups[0].PreActivations.Select(value => value.Node.Name), Is.EqualTo(new[] { "bn1", "a.add", "b.add" }));
    }

    [Test]
    public void AResNetsStageIsOneGroup()
    {
        using var network = ResNet18.Create(new(Height: 16, Width: 16, Keypoints: 2, WidthMultiplier: 0.125));
        var groups = ChannelGroup.Of(network.Graph);
        Assert.That(groups, Has.Count.EqualTo(12), "four stages, and the inside of eight blocks");
        Assert.That(
            groups.Select(group => group.ToString()),
            Does.Contain(
                "16 channels of layer2.0.conv2, layer2.0.downsample.0 and layer2.1.conv2, added by layer2.0.add and layer2.1.add, "
                + "normalised by layer2.0.bn2, "
                    + "layer2.0.downsample.1 and layer2.1.bn2, read by layer2.1.conv1, layer3.0.conv1 and layer3.0.downsample.0"));
        using var pruned = ChannelPruner.Apply(
            network.Graph,
            PruningPlan.Create(network.Graph, groups.ToDictionary(group => group, group => new double[group.Width])));
        Assert.That(
            pruned.Graph.Nodes.Where(node => node is ConvolutionNode).Select(node => node.Channels).Distinct(),
            Is.EqualTo(new[] { 4, 8, 16, 32 }));
    }

    [Test]
    public void ConcatenatedChannelsAreReadAtTheirPlaces()
    {
        var builder = new GraphBuilder([1, 4, 4]);
        var a = builder.Relu("reluA", builder.Convolution("a", builder.Input, nn.Conv2d(1, 2, 1L)));
        var b = builder.Relu("reluB", builder.Convolution("b", builder.Input, nn.Conv2d(1, 3, 1L)));
        var joined = builder.Concatenation("cat", b, builder.Input, a, b);
        using var network = new GraphModule(builder.Build(builder.Convolution("head", joined, nn.Conv2d(9, 1, 1L))));
        var groups = ChannelGroup.Of(network.Graph);
        Assert.That(groups.Select(group => group.ToString()), Is.EqualTo(new[]
        {
            "2 channels of a, read by head",
            "3 channels of b, read by head (2 inputs a channel)",
        }));
        Assert.That(groups[0].Inputs.Single().Entries, Is.EqualTo(new[] { new[] { 4 }, [5] }));
        Assert.That(groups[1].Inputs.Single().Entries, Is.EqualTo(new[] { new[] { 0, 6 }, [1, 7], [2, 8] }));
    }

    [Test]
    public void ASumWithAConcatenationSplitsALayerIntoGroups()
    {
        var builder = new GraphBuilder([1, 4, 4]);
        var a = builder.Convolution("a", builder.Input, nn.Conv2d(1, 2, 1L));
        var b = builder.Convolution("b", builder.Input, nn.Conv2d(1, 3, 1L));
        var c = builder.Convolution("c", builder.Input, nn.Conv2d(1, 5, 1L));
        var sum = builder.Relu("relu", builder.Addition("sum", c, builder.Concatenation("cat", a, b)));
        using var network = new GraphModule(builder.Build(builder.Convolution("head", sum, nn.Conv2d(5, 1, 1L))));
        Assert.That(ChannelGroup.Of(network.Graph).Select(group => group.ToString()), Is.EqualTo(new[]
        {
            "2 channels of a and the 5 of c, added by sum, read by head",
            "3 channels of b and the 5 of c, added by sum, read by head",
        }));
    }

    [Test]
    public void DepthwiseAndGroupedConvolutionsCoupleChannels()
    {
        var builder = new GraphBuilder([1, 4, 4]);
        var node = builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 4, 1L)));
        node = builder.Convolution("depthwise", node, nn.Conv2d(4, 8, 3L, groups: 4));
        node = builder.Convolution("grouped", node, nn.Conv2d(8, 6, 1L, groups: 2));
        using var network = new GraphModule(builder.Build(builder.Convolution("head", node, nn.Conv2d(6, 1, 1L))));
        var groups = ChannelGroup.Of(network.Graph);

        // Channels 0 and 2, and 1 and 3, feed the same places of the two groups.
        Assert.That(groups.Select(group => group.ToString()), Is.EqualTo(new[]
        {
            "2 channels of conv (2 outputs a channel), filtered by depthwise (4 outputs a channel), read by grouped (4 inputs a channel)",
            "3 channels of grouped (2 outputs a channel), read by head (2 inputs a channel)",
        }));
        Assert.That(groups[0].Outputs[0].Entries, Is.EqualTo(new[] { new[] { 0, 2 }, [1, 3] }));
        Assert.That(groups[1].Outputs[0].Entries, Is.EqualTo(new[] { new[] { 0, 3 }, [1, 4], [2, 5] }));
    }

    [Test]
    public void ChannelsThatReachTheOutputStay()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 1L)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()));
        Assert.That(ChannelGroup.Of(Graph.Of(network, 1, 2, 2)), Is.Empty);
    }

    [Test]
    public void ChannelsThatAreAddedToTheImageStay()
    {
        var builder = new GraphBuilder([2, 4, 4]);
        var sum = builder.Addition("sum", builder.Convolution("conv", builder.Input, nn.Conv2d(2, 2, 1L)), builder.Input);
        using var network = new GraphModule(builder.Build(builder.Convolution("head", sum, nn.Conv2d(2, 1, 1L))));
        Assert.That(ChannelGroup.Of(network.Graph), Is.Empty);
    }

    [Test]
    public void ElementwiseActivationsAndPoolsArePassedThrough()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 3, 3L)), ("leaky", nn.LeakyReLU()), ("max", nn.MaxPool2d(2L)), ("tanh", nn.Tanh()),
            ("sigmoid", nn.Sigmoid()), ("mean", nn.AdaptiveAvgPool2d(2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(12, 2)));
        var group = ChannelGroup.Of(Graph.Of(network, 1, 8, 8)).Single();
        Assert.That(group.ToString(), Is.EqualTo("3 channels of conv, read by fc (4 inputs a channel)"));
        Assert.That(group.PreActivations.Select(value => value.Node.Name), Is.EqualTo(new[] { "conv", "max", "tanh" }));
    }

    [Test]
    public void AGroupWithoutANonlinearityIsMeasuredWhereItIsMade()
    {
        using var network = nn.Sequential(("a", nn.Linear(2, 3)), ("b", nn.Linear(3, 2)));
        Assert.That(ChannelGroup.Of(Graph.Of(network, 2)).Single().PreActivations.Single().Node.Name, Is.EqualTo("a"));
    }
}
