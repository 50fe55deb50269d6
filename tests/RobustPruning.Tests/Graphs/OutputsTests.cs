using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Networks of several outputs: declared as they are, run and bounded as one vector.</summary>
public sealed class OutputsTests
{
    [Test]
    public void TheyAreOneVectorInTheOrderOfTheirDeclaration()
    {
        using var scope = NewDisposeScope();
        using var network = new GraphModule(Heads());
        network.eval();
        var graph = network.Graph;
        Assert.That(graph.Outputs.Select(node => node.ToString()), Is.EqualTo(new[] { "fc [2]", "heat [3x4x4]", "means [2]" }));
        Assert.That(graph.Output.ToString(), Is.EqualTo("outputs [52]"));
        Assert.That(graph.Nodes.Select(node => node.Name), Does.Contain("outputs.heat").And.Not.Contain("unread"));

        var images = rand(3, 1, 4, 4);
        var values = graph.Run(images, [.. graph.Outputs]);
        Assert.That(TensorValues.Gap(network.forward(images), cat([.. graph.Outputs.Select(node => values[node].flatten(1))], 1)), Is.Zero);
    }

    [Test]
    public void OneOutputIsItself()
    {
        var builder = new GraphBuilder([2, 3, 3]);
        var relu = builder.Relu("relu", builder.Input);
        var graph = builder.Build(relu);
        Assert.That(graph.Output, Is.SameAs(relu));
        Assert.That(graph.Outputs, Is.EqualTo(new[] { relu }));

        // A user's own joining is one output.
        var joined = builder.Concatenation("outputs", relu, builder.Input);
        Assert.That(builder.Build(joined).Outputs, Is.EqualTo(new[] { joined }));
    }

    [Test]
    public void AnOutputMayBeReadByOthersAndBeTheInputOrAFlatten()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([1, 2, 2]);
        var relu = builder.Relu("relu", builder.Input);
        var flatten = builder.Flatten("flatten", relu);
        var graph = builder.Build(builder.Input, relu, builder.Tanh("tanh", relu), flatten);
        Assert.That(graph.Outputs.Select(node => node.Name), Is.EqualTo(new[] { "input", "relu", "tanh", "flatten" }));
        var image = randn(2, 1, 2, 2);
        Tensor flat = image.flatten(1), positive = flat.relu();
        Assert.That(TensorValues.Gap(graph.Forward(image), cat([flat, positive, positive.tanh(), positive], 1)), Is.Zero);
        Assert.That(TensorValues.Gap(graph.Run(image, [graph.Outputs[1]])[graph.Outputs[1]], image.relu()), Is.Zero);
    }

    [Test]
    public void ABuilderGoesOnAfterBuilding()
    {
        var builder = new GraphBuilder([1, 2, 2]);
        var relu = builder.Relu("relu", builder.Input);
        var first = builder.Build(builder.Input, relu);
        var second = builder.Build(relu, builder.Sigmoid("sigmoid", relu));
        Assert.That(first.Outputs.Select(node => node.Name), Is.EqualTo(new[] { "input", "relu" }));
        Assert.That(second.Outputs.Select(node => node.Name), Is.EqualTo(new[] { "relu", "sigmoid" }));
    }

    [Test]
    public void TheyOutliveEveryWayOfCopying()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = new GraphModule(Heads());
        network.eval();
        var images = rand(2, 1, 4, 4);
        var expected = network.forward(images);
        string[] names = ["fc", "heat", "means"];

        using var copy = GraphModule.FromDescriptions([.. network.Graph.Nodes.Select(node => node.Description)]);
        Assert.That(copy.Graph.Outputs.Select(node => node.Name), Is.EqualTo(names));

        // The normalisation behind heat is folded into it.
        using var folded = BatchNormalizationFolding.Fold(network.Graph);
        Assert.That(folded.Graph.Outputs.Select(node => node.Name), Is.EqualTo(new[] { "fc", "heat0", "means" }));
        Assert.That(TensorValues.Gap(folded.forward(images), expected), Is.LessThan(1e-5));

        using var inChain = nn.Sequential(("relu", nn.ReLU()), ("body", network));
        var lowered = Graph.Of(inChain, 1, 4, 4);
        Assert.That(lowered.Outputs.Select(node => node.Name), Is.EqualTo(names.Select(name => $"body.{name}")));
        Assert.That(TensorValues.Gap(lowered.Forward(images), expected), Is.Zero);

        var path = Path.Combine(Directory.CreateTempSubdirectory("robustpruning").FullName, "heads.safetensors");
        try
        {
            ModelFile.Save(network, path);
            using var loaded = ModelFile.Load(path);
            Assert.That(loaded.Graph.Outputs.Select(node => node.Name), Is.EqualTo(names));
            Assert.That(TensorValues.Gap(loaded.forward(images), expected), Is.Zero);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Test]
    public void InsideALargerNetworkTheyAreItsOutputsNoMore()
    {
        using var network = new GraphModule(Heads());
        using var chain = nn.Sequential(("body", network), ("fc", nn.Linear(52, 2)));
        Assert.That(Graph.Of(chain, 1, 4, 4).Outputs.Select(node => node.Name), Is.EqualTo(new[] { "fc" }));
    }

    [Test]
    public void BoundsAreThoseOfTheVector()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = new GraphModule(Heads());
        network.eval();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        var image = rand(1, 4, 4);
        using var images = set.Enclose(image, set.Box);
        var reached = network.forward(set.Apply(image, [-0.1])).Numbers();
        foreach (IBoundPropagator domain in new IBoundPropagator[] {
            new IntervalPropagator(), new SemanticIntervalPropagator(SymbolBudget.All) })
        {
            using var bounds = domain.Propagate(network.Graph, images);
            Assert.That(bounds.Output.Lower.shape, Is.EqualTo(new long[] { 1, 52 }));
            var (lower, upper) = (bounds.Output.Lower.Numbers(), bounds.Output.Upper.Numbers());
            for (var output = 0; output < reached.Length; output++)
                Assert.That(reached[output], Is.InRange(lower[output] - 1e-5, upper[output] + 1e-5), $"{domain.Name}: output {output}");
        }
    }

    [Test]
    public void WhatIsNoOutputIsRefused()
    {
        var builder = new GraphBuilder([2]);
        var relu = builder.Relu("relu", builder.Input);
        Assert.That(() => builder.Build(), Throws.TypeOf<GraphException>().With.Message.Contains("outputs"));
        Assert.That(() => builder.Build(relu, builder.Input, relu), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'relu': it is declared as an output twice."));
        Assert.That(() => builder.Build(relu, null!), Throws.ArgumentNullException);
        Assert.That(
            () => builder.Build(relu, new GraphBuilder([2]).Input),
            Throws.TypeOf<GraphException>().With.Message.Contains("another graph"));
        builder.Tanh("outputs", relu);
        Assert.That(
            () => builder.Build(relu, builder.Input),
            Throws.TypeOf<GraphException>().With.Message.EqualTo("Layer 'outputs': two layers have this name."));
    }

    /// <summary>A vector, a feature map behind a normalisation, and a vector that a flatten of the user's makes.</summary>
    private static Graph Heads()
    {
        var builder = new GraphBuilder([1, 4, 4]);
        var trunk = builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 2, 3L, padding: 1)));
        var heat = builder.BatchNormalization("heat", builder.Convolution("heat0", trunk, nn.Conv2d(2, 3, 1L)), Normalization());
        var means = builder.Flatten("means", builder.AdaptiveAveragePool("pool", trunk, nn.AdaptiveAvgPool2d(1)));
        builder.Sigmoid("unread", heat);
        return builder.Build(builder.Linear("fc", means, nn.Linear(2, 2)), heat, means);
    }

    private static BatchNorm2d Normalization()
    {
        var module = nn.BatchNorm2d(3);
        module.running_mean!.Set(0.5, -0.5, 0.1);
        module.running_var!.Set(2, 0.5, 1);
        return module;
    }
}
