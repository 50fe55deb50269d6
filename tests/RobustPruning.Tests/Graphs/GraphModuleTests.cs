using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

public sealed class GraphModuleTests
{
    [Test]
    public void InASequentialItIsLoweredToItsNodes()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("body", Body()), ("fc", nn.Linear(3, 2)));
        var graph = Graph.Of(network, 4);
        Assert.That(graph.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "input", "body.hidden", "body.relu", "fc" }));
        var input = randn(5, 4);
        Assert.That(TensorValues.Gap(graph.Forward(input), network.forward(input)), Is.Zero);
    }

    [Test]
    public void ItsParametersAreThoseOfItsModules()
    {
        using var module = Body();
        Assert.That(module.named_parameters().Select(named => named.name), Is.EqualTo(new[] { "hidden.weight", "hidden.bias" }));
    }

    [Test]
    public void ItsGraphIsTakenAsItIs()
    {
        using var module = Body();
        Assert.That(Graph.Of(module, 4), Is.SameAs(module.Graph));
        Assert.That(() => Graph.Of(module, 5), Throws.TypeOf<GraphException>().With.Message.Contains("[5]"));
    }

    [Test]
    public void OfAnotherShapeItIsRefusedInASequential()
    {
        using var network = nn.Sequential(("fc", nn.Linear(2, 5)), ("body", Body()));
        Assert.That(() => Graph.Of(network, 2), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'body': it takes [4], but 'fc' gives [5]."));
    }

    private static GraphModule Body()
    {
        var builder = new GraphBuilder([4]);
        return new GraphModule(builder.Build(builder.Relu("relu", builder.Linear("hidden", builder.Input, nn.Linear(4, 3)))), "body");
    }
}
