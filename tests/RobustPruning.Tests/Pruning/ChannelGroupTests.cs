using RobustPruning.Graphs;
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
        Assert.That(groups.Select(group => group.PreActivation.Name), Is.EqualTo(new[] { "bn1", "conv2", "fc1" }));
        Assert.That(groups.Select(group => group.Width), Is.EqualTo(new[] { 16, 4, 8 }));
    }

    [Test]
    public void ChannelsThatReachTheOutputStay()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 1L)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()));
        Assert.That(ChannelGroup.Of(Graph.Of(network, 1, 2, 2)), Is.Empty);
    }

    [Test]
    public void AGroupedConvolutionIsRefusedByName()
    {
        using var network = nn.Sequential(("grouped", nn.Conv2d(2, 2, 1L, groups: 2)), ("conv", nn.Conv2d(2, 2, 1L)));
        Assert.That(() => ChannelGroup.Of(Graph.Of(network, 2, 2, 2)), Throws.TypeOf<PruningException>().With.Message.Contains("'grouped'"));
    }

    [Test]
    public void ElementwiseActivationsAndPoolsArePassedThrough()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 3, 3L)), ("leaky", nn.LeakyReLU()), ("max", nn.MaxPool2d(2L)), ("tanh", nn.Tanh()),
            ("mean", nn.AdaptiveAvgPool2d(2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(12, 2)));
        var group = ChannelGroup.Of(Graph.Of(network, 1, 8, 8)).Single();
        Assert.That(group.ToString(), Is.EqualTo("3 channels of conv, read by fc (4 inputs a channel)"));
        Assert.That(group.PreActivation.Name, Is.EqualTo("conv"));
    }

    [Test]
    public void BranchesAreRefusedByName([Values] bool concatenation)
    {
        var builder = new GraphBuilder([2, 4, 4]);
        var node = builder.Relu("relu", builder.Convolution("conv1", builder.Input, nn.Conv2d(2, 2, 1L)));
        node = concatenation ? builder.Concatenation("meet", node, builder.Input) : builder.Addition("meet", node, builder.Input);
        using var network = new GraphModule(builder.Build(builder.Convolution("conv2", node, nn.Conv2d(node.Channels, 2, 1L))));
        Assert.That(() => ChannelGroup.Of(network.Graph), Throws.TypeOf<PruningException>().With.Message.Contains("'meet'").And.Message.Contains("'conv1'"));
    }

    [Test]
    public void ASigmoidIsRefusedBecauseSilenceIsNotZeroBehindIt()
    {
        using var network = nn.Sequential(("a", nn.Linear(2, 3)), ("sigmoid", nn.Sigmoid()), ("b", nn.Linear(3, 2)));
        Assert.That(() => ChannelGroup.Of(Graph.Of(network, 2)), Throws.TypeOf<PruningException>().With.Message.Contains("'sigmoid'"));
    }
}
