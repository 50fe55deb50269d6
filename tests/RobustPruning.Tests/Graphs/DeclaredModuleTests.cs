using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Composite modules that run the nodes they declare.</summary>
public sealed class DeclaredModuleTests
{
    [Test]
    public void ItsForwardRunsItsNodesInBothModes([Values] bool training)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var block = new ResidualBlock(2);
        block.train(training);
        var input = randn(3, 2, 4, 4);
        Assert.That(TensorValues.Gap(block.forward(input), block.ByHand(input)), Is.LessThan(1e-6));
        Assert.That(
            Graph.Of(block, 2, 4, 4).Nodes.Select(node => node.Name),
            Is.EqualTo(new[] { "input", "conv", "bn", "relu", "tail.0", "tail.1", "add" }));
    }

    [Test]
    public void WhatIsRunIsTheVeryGraphThatIsRead()
    {
        using var scope = NewDisposeScope();
        using var block = new ResidualBlock(1);
        var graph = Graph.Of(block, 1, 4, 4);
        block.forward(randn(2, 1, 4, 4));
        Assert.That(Graph.Of(block, 1, 4, 4), Is.SameAs(graph));
        Assert.That(block.Declarations, Is.EqualTo(1));
        Assert.That(block.forward(randn(2, 1, 6, 5)).shape, Is.EqualTo(new long[] { 2, 1, 6, 5 }), "another shape is declared anew");
    }

    [Test]
    public void NestedItsNodesHaveItsNameBeforeTheirs()
    {
        using var scope = NewDisposeScope();
        using var network = new Stacked();
        network.eval();
        var graph = Graph.Of(network, 2, 4, 4);
        Assert.That(
            graph.Nodes.Select(node => node.Name).Where(name => name.Contains("conv")),
            Is.EqualTo(new[] { "first.conv", "more.0.conv" }));
        Assert.That(graph.Nodes.Select(node => node.Name), Does.Contain("more.0.tail.1"));
        var input = randn(3, 2, 4, 4);
        Assert.That(TensorValues.Gap(graph.Forward(input), network.ByHand(input)), Is.LessThan(1e-5));
        Assert.That(TensorValues.Gap(network.forward(input), network.ByHand(input)), Is.LessThan(1e-5));
    }

    [Test]
    public void InASequentialItIsLowered()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("block", new ResidualBlock(2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(32, 2)));
        network.eval();
        var graph = Graph.Of(network, 2, 4, 4);
        Assert.That(graph.Nodes.Select(node => node.Name), Does.Contain("block.conv").And.Contain("block.tail.0"));
        var input = randn(3, 2, 4, 4);
        Assert.That(TensorValues.Gap(graph.Forward(input), network.forward(input)), Is.Zero);
        using var module = new GraphModule(graph);
        Assert.That(module.named_parameters().Select(named => named.name), Does.Contain("block_tail_0.weight"));
    }

    [Test]
    public void ItTrainsAndIsBounded()
    {
        using var scope = NewDisposeScope();
        using var block = new ResidualBlock(1);
        block.forward(rand(4, 1, 4, 4)).square().mean().backward();
        Assert.That(block.parameters().All(parameter => parameter.grad is not null), Is.True);
        block.eval();

        using var noGradient = no_grad();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        var image = rand(1, 4, 4);
        using var images = set.Enclose(image, set.Box);
        using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(Graph.Of(block, 1, 4, 4), images);
        var reached = block.forward(set.Apply(image, [0.1]));
        Assert.That((reached - bounds.Output.Lower).min().to(float64).item<double>(), Is.GreaterThan(-1e-5));
        Assert.That((bounds.Output.Upper - reached).min().to(float64).item<double>(), Is.GreaterThan(-1e-5));
    }

    [Test]
    public void ALayerThatIsNotRegisteredIsRefused()
    {
        using var block = new ResidualBlock(1, register: false);
        using var input = zeros(1, 1, 4, 4);
        Assert.That(() => Graph.Of(block, 1, 4, 4), Throws.TypeOf<GraphException>()
            .With.Message.StartsWith("Layer 'conv': its weights are not registered").And.Message.Contains("RegisterComponents"));
        Assert.That(() => block.forward(input), Throws.TypeOf<GraphException>());
    }

    [Test]
    public void AnErrorInsideNamesThePath()
    {
        using var network = nn.Sequential(("outer", nn.Sequential(("block", new ResidualBlock(2)))));
        Assert.That(
            () => Graph.Of(network, 3, 4, 4),
            Throws
                .TypeOf<GraphException>()
                .With.Message.EqualTo("Layer 'outer.block.conv': it takes 2 channels, but 'input' gives 3.")
                .And.Property("Layer")
                .EqualTo("outer.block.conv"));
    }

    [Test]
    public void NoOutputIsRefused()
    {
        using var module = new Nothing();
        Assert.That(
            () => Graph.Of(module, 2),
            Throws.TypeOf<GraphException>().With.Message.EqualTo("Layer 'nothing': it declared no output."));
    }

    [Test]
    public void NothingLeaksOver200Runs()
    {
        using var block = new ResidualBlock(1);
        using var input = rand(2, 1, 4, 4);
        using var noGradient = no_grad();
        Assert.That(LiveTensors.Growth(200, () => block.forward(input).Dispose()), Is.LessThanOrEqualTo(0));
    }

    private sealed class Stacked : DeclaredModule
    {
        private readonly ResidualBlock first = new(2);
        private readonly Sequential more = nn.Sequential(new ResidualBlock(2), nn.ReLU());

        public Stacked()
            : base("stacked") => RegisterComponents();

        public override GraphNode Declare(GraphBuilder builder, GraphNode input) =>
            builder.Module("more", builder.Module("first", input, first), more);

        public Tensor ByHand(Tensor input) => ((ResidualBlock)more.children().First()).ByHand(first.ByHand(input)).relu();
    }

    private sealed class Nothing() : DeclaredModule("nothing")
    {
        public override GraphNode Declare(GraphBuilder builder, GraphNode input) => null!;
    }
}
