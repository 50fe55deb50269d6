using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>What cannot be read as a graph is refused, naming the layer.</summary>
public sealed class RefusalTests
{
    private static IEnumerable<TestCaseData> Layers()
    {
        yield return Case("Softplus", () => nn.Softplus());
        yield return Case("takes a vector [C], but 'input' gives [2, 5, 5]", () => nn.BatchNorm1d(2));
        yield return Case("has 3 groups, but 'input' gives 2 channels", () => nn.GroupNorm(3, 3));
        yield return Case("has weights of 4 channels, but 'input' gives 2", () => nn.GroupNorm(2, 4));
        yield return Case("normalises [4], but 'input' gives [2, 5, 5]", () => nn.LayerNorm(4));
        yield return Case("takes 3 channels, but 'input' gives 2", () => nn.ConvTranspose2d(3, 2, 3L));
        yield return Case("in 2 groups is not supported", () => nn.ConvTranspose2d(2, 2, 3L, groups: 2));
        yield return Case("Flatten(0, -1)", () => nn.Flatten(0, -1));
        yield return Case("Flatten(2, -1)", () => nn.Flatten(2, -1));
        yield return Case("running statistics", () => nn.BatchNorm2d(2, track_running_stats: false));
        yield return Case("Reflect", () => nn.Conv2d(2, 2, 3L, padding: 1, padding_mode: PaddingModes.Reflect));
        yield return Case("Same", () => nn.Conv2d(2, 2, 3L, padding: Padding.Same));
        yield return Case("ceil_mode", () => nn.AvgPool2d(2L, ceil_mode: true));
        yield return Case("max pooling with ceil_mode", () => nn.MaxPool2d(2L, ceil_mode: true));
        yield return Case("nothing but padding", () => nn.MaxPool2d(2L, padding: 1L, dilation: 6L));
        yield return Case("at most half of the kernel", () => nn.MaxPool2d(2L, padding: 2L));
        yield return Case("at most half of the kernel", () => nn.MaxPool2d(2L, stride: 0L));
        yield return Case("at most half of the kernel", () => nn.AvgPool2d(1L, padding: 1L));
        yield return Case("output size [0, 2]", () => nn.AdaptiveAvgPool2d((0L, 2L)));
        yield return Case("negative slope NaN", () => nn.LeakyReLU(double.NaN));
        yield return Case("takes 3 channels, but 'input' gives 2", () => nn.Conv2d(3, 2, 3L));
        yield return Case("takes 3 channels, but 'input' gives 2", () => nn.BatchNorm2d(3));
        yield return Case("is a Flatten missing", () => nn.Linear(50, 2));
        yield return Case("does not fit into a feature map of 5x5", () => nn.Conv2d(2, 2, 6L));
        yield return Case("does not fit into a feature map of 5x5", () => nn.AvgPool2d(6L));
        yield return Case("does not fit into a feature map of 5x5", () => nn.MaxPool2d(6L));

        static TestCaseData Case(string problem, Func<nn.Module<Tensor, Tensor>> layer) =>
            new TestCaseData(layer, problem).SetArgDisplayNames(problem);
    }

    [TestCaseSource(nameof(Layers))]
    public void NamesTheLayerAndTheProblem(Func<nn.Module<Tensor, Tensor>> layer, string problem)
    {
        using var network = nn.Sequential(("odd", layer()));
        var error = Assert.Throws<GraphException>(() => Graph.Of(network, 2, 5, 5))!;
        Assert.That(error.Layer, Is.EqualTo("odd"));
        Assert.That(error.Message, Does.StartWith("Layer 'odd': ").And.Contain(problem));
    }

    [Test]
    public void ALayerInAnInnerChainIsNamedByItsPath()
    {
        using var network = nn.Sequential(("inner", nn.Sequential(("odd", nn.Softplus()))));
        Assert.That(Assert.Throws<GraphException>(() => Graph.Of(network, 2))!.Layer, Is.EqualTo("inner.odd"));
    }

    [Test]
    public void FeaturesThatDoNotFitAreNamed()
    {
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(49, 2)));
        Assert.That(() => Graph.Of(network, 2, 5, 5), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'fc': it takes 49 features, but 'flatten' gives [50]."));
    }

    [Test]
    public void AnImageOfAnotherShapeIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 2, 3L)));
        var graph = Graph.Of(network, 2, 5, 5);
        Assert.That(() => graph.Forward(zeros(1, 2, 5, 6)), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'input': the image has shape [2, 5, 6], but the network takes [2, 5, 5]."));
        Assert.That(() => graph.Forward(zeros(2, 5, 5)), Throws.TypeOf<GraphException>());
    }

    [TestCase(new long[] { })]
    [TestCase(new long[] { 3, 0, 4 })]
    [TestCase(new long[] { 3, -1, 4 })]
    public void AnInputShapeThatIsNoShapeIsRefused(long[] shape)
    {
        using var network = nn.Sequential(("relu", nn.ReLU()));
        Assert.That(() => Graph.Of(network, shape), Throws.TypeOf<GraphException>().With.Message.Contains("input"));
    }

    [Test]
    public void NodesOfAnotherGraphAreRefused()
    {
        using var first = nn.Linear(3, 2);
        using var second = nn.Linear(3, 2);
        using var input = zeros(1, 3);
        GraphNode stranger = Graph.Of(second, 3).Output;
        Assert.That(() => Graph.Of(first, 3).Run(input, [stranger]), Throws.TypeOf<GraphException>());
        Assert.That(() => new GraphBuilder([3]).Build(stranger), Throws.TypeOf<GraphException>());
        Assert.That(() => new GraphBuilder([3]).Relu("relu", stranger), Throws.TypeOf<GraphException>());
    }

    [Test]
    public void ANameTakenTwiceIsRefused()
    {
        var builder = new GraphBuilder([3]);
        var node = builder.Relu("relu", builder.Input);
        Assert.That(() => builder.Relu("relu", node), Throws.TypeOf<GraphException>().With.Message.Contains("'relu'"));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void WeightsThatAreNotFiniteAreRefused(double value)
    {
        using var network = nn.Sequential(("fine", nn.Linear(2, 2)), ("sick", nn.Linear(2, 2)));
        var graph = Graph.Of(network, 2);
        Assert.That(graph.RequireFiniteWeights, Throws.Nothing);
        network.named_parameters().First(named => named.name == "sick.bias").parameter.Set(1, value);
        Assert.That(graph.RequireFiniteWeights, Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'sick': its bias"));
    }

    [Test]
    public void RunningStatisticsThatAreNotFiniteAreRefused()
    {
        using var normalization = nn.BatchNorm2d(1);
        using var network = nn.Sequential(("bn", normalization));
        normalization.running_mean!.Set(double.NaN);
        Assert.That(
            Graph.Of(network, 1, 2, 2).RequireFiniteWeights,
            Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'bn': its running_mean"));
    }
}
