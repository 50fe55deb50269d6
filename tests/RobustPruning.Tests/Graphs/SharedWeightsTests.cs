using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Two nodes over one module: run, bounded and certified; refused where the two would be parted.</summary>
public sealed class SharedWeightsTests
{
    [Test]
    public void TheyRunAndAreCountedOnce()
    {
        using var scope = NewDisposeScope();
        using var shared = nn.Linear(3, 3);
        var graph = Twice(shared);
        var input = randn(2, 3);
        Assert.That(TensorValues.Gap(graph.Forward(input), shared.forward(shared.forward(input).relu())), Is.Zero);
        Assert.That(graph.Parameters, Is.EqualTo(12));
    }

    [Test]
    public void EachUseIsFoldedWithItsOwnNormalization()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var shared = nn.Conv2d(1, 1, 3L, padding: 1);
        using BatchNorm2d first = nn.BatchNorm2d(1), second = nn.BatchNorm2d(1);
        first.running_mean!.Set(0.5);
        second.running_var!.Set(4);
        var builder = new GraphBuilder([1, 4, 4]);
        var node = builder.Relu("relu", builder.BatchNormalization("bn1", builder.Convolution("conv1", builder.Input, shared), first));
        var graph = builder.Build(builder.BatchNormalization("bn2", builder.Convolution("conv2", node, shared), second));
        using (new EvaluationMode(graph))
        {
            using var folded = BatchNormalizationFolding.Fold(graph);
            var input = rand(2, 1, 4, 4);
            Assert.That(TensorValues.Gap(folded.forward(input), graph.Forward(input)), Is.LessThan(1e-6));
        }
    }

    [Test]
    public void TheyAreBoundedAndCertified()
    {
        using var scope = NewDisposeScope();
        using var shared = nn.Linear(4, 4);
        var builder = new GraphBuilder([1, 2, 2]);
        var hidden = builder.Relu("relu", builder.Linear("fc1", builder.Flatten("flatten", builder.Input), shared));
        var graph = builder.Build(builder.Linear("fc2", hidden, shared));
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        var image = rand(1, 2, 2);
        using var images = set.Enclose(image, set.Box);
        using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(graph, images);
        var reached = graph.Forward(set.Apply(image, [0.1])).Numbers();
        Assert.That(bounds.Output.Lower.Numbers().Zip(reached, (lower, value) => lower <= value + 1e-5), Is.All.True);
        Assert.That(bounds.Output.Upper.Numbers().Zip(reached, (upper, value) => upper >= value - 1e-5), Is.All.True);

        using var certifier = new Certifier(graph, set, tolerance: 100);
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Certified, Is.EqualTo(2));
        Assert.That(certificate.Check(graph, image).IsValid, Is.True);
    }

    [Test]
    public void AGraphModuleTakesNone()
    {
        using var shared = nn.Linear(3, 3);
        Assert.That(
            () => new GraphModule(Twice(shared)),
            Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'b': it uses the weights of 'a'"));
    }

    [Test]
    public void NamesThatDifferInDotsOnlyAreRefused()
    {
        var builder = new GraphBuilder([3]);
        var node = builder.Linear("fc_1", builder.Linear("fc.1", builder.Input, nn.Linear(3, 3)), nn.Linear(3, 3));
        Assert.That(
            () => new GraphModule(builder.Build(node)),
            Throws.TypeOf<GraphException>().With.Message.Contains("'fc.1'").And.Message.Contains("'fc_1'"));
    }

    private static Graph Twice(Linear shared)
    {
        var builder = new GraphBuilder([3]);
        return builder.Build(builder.Linear("b", builder.Relu("relu", builder.Linear("a", builder.Input, shared)), shared));
    }
}
