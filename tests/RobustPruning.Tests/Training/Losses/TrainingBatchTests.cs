using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class TrainingBatchTests
{
    [Test]
    public void TheCleanImagesComeFirstAndCopiesUnderDrawnParametersFollow()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network, samples: 3);
        Assert.That(batch.Outputs.shape, Is.EqualTo(new long[] { 4, 4, 4 }));
        Assert.That(TensorValues.Gap(batch.Outputs[0], network.forward(batch.Images)), Is.LessThan(1e-12));

        var thetas = LossProblem.Light.Box.Sample(12, new Random(5));
        for (var copy = 0; copy < 3; copy++)
        {
            for (var image = 0; image < 4; image++)
            {
                var moved = LossProblem.Light.Apply(batch.Images[image], [thetas[(copy * 4) + image]]);
                Assert.That(TensorValues.Gap(batch.Outputs[copy + 1][image], network.forward(moved)[0]), Is.LessThan(1e-12));
            }
        }
    }

    /// <summary>
    /// A network that follows the scene has no loss on copies that moved, and one that stays has; missing labels stay missing.
    /// </summary>
    [Test]
    public void LabelsMoveWithTheScene()
    {
        using var scope = NewDisposeScope();
        var columns = tensor(
                new float[] { 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 0, 2, 1, 2, 2, 2, 3, 2, 4, 2 },
                [15, 2])
            .t()
            .contiguous();
        using var layer = nn.Linear(15, 2, hasBias: false);
        using (no_grad())
            layer.weight.copy_(columns);
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", layer));
        var graph = Graph.Of(network, 1, 3, 5);
        var image = zeros(1, 1, 3, 5);
        image[0, 0, 1, 2] = 1;
        var set = SemanticSet.Of(AffineWarp.Of(WarpEdges.Zero, (WarpParameter.TranslationX, -1, 1)));
        using var batch = new TrainingBatch(
            graph, image, set, new Random(TestEnvironment.FreshSeed()),
            tensor(new float[] { 2, 1 }, [1, 2]),
            samples: 20);
        Assert.That(batch.SquaredErrors().max().item<float>(), Is.LessThan(1e-8));
        Assert.That((batch.LabelsOfCopies() - batch.Labels!).abs().max().item<float>(), Is.GreaterThan(0.05));
        Assert.That(new CertifiedLoss(0).Of(batch).item<float>(), Is.GreaterThan(new SampledLoss().Of(batch).item<float>()));
        using var missing = new TrainingBatch(graph, image, set, new Random(3), tensor(new[] { float.NaN, float.NaN }, [1, 2]), samples: 4);
        Assert.That(missing.LabelsOfCopies().isnan().all().item<bool>(), Is.True);
    }

    [Test]
    public void NoiseIsDrawnToo()
    {
        using var scope = NewDisposeScope();
        var graph = Pixels();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1)).WithNoise(0.2);
        using var batch = new TrainingBatch(graph, full(1, 1, 3, 3, 0.5), set, new Random(TestEnvironment.FreshSeed()), samples: 200);
        var moves = batch.Outputs - 0.5;
        Assert.That(moves.abs().max().item<float>(), Is.InRange(0.2, 0.3 + 1e-6));
        Assert.That(
            (moves - moves.mean([2], keepdim: true)).abs().max().item<float>(),
            Is.GreaterThan(0.1),
            "each pixel has noise of its own");

        using var again = new TrainingBatch(graph, full(1, 1, 3, 3, 0.5), set, new Random(8), samples: 2);
        using var third = new TrainingBatch(graph, full(1, 1, 3, 3, 0.5), set, new Random(8), samples: 2);
        Assert.That(again.Outputs.Numbers(), Is.EqualTo(third.Outputs.Numbers()));
    }

    [Test]
    public void ParametersAreOnesThatAreMeant()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new ConvexHull(ones(1, 3, 3), ones(1, 3, 3)));
        using var batch = new TrainingBatch(
            Pixels(), zeros(1, 1, 3, 3), set.WithoutClip(), new Random(TestEnvironment.FreshSeed()), samples: 100);
        Assert.That(batch.Outputs.max().item<float>(), Is.LessThanOrEqualTo(1 + 1e-6));
    }

    [Test]
    public void BoundsHoldTheOutputsOfEveryImageAndAreSharedByTerms()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(4);
        using var batch = LossProblem.Batch(network, samples: 20);
        var bounds = batch.Bounds(SemanticIntervalPropagator.ForTraining);
        Assert.That(batch.Outputs.ge(bounds.Output.Lower - 1e-9).all().item<bool>());
        Assert.That(batch.Outputs.le(bounds.Output.Upper + 1e-9).all().item<bool>());
        Assert.That(batch.Bounds(SemanticIntervalPropagator.ForTraining), Is.SameAs(bounds));
        var half = batch.Bounds(SemanticIntervalPropagator.ForTraining, 0.5);
        Assert.That(Width(half), Is.LessThan(Width(bounds)));
        Assert.That(() => batch.Bounds(SemanticIntervalPropagator.ForTraining, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());

        static double Width(NetworkBounds bounds) => (bounds.Output.Upper - bounds.Output.Lower).sum().item<double>();
    }

    [Test]
    public void BoundsHoldNoiseToo()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1)).WithNoise(0.2);
        using var batch = new TrainingBatch(Pixels(), full(2, 1, 3, 3, 0.5), set, new Random(1));
        var output = batch.Bounds(SemanticIntervalPropagator.ForTraining).Output;
        Assert.That(output.Lower.Numbers(), Is.All.EqualTo(0.2).Within(1e-6));
        Assert.That(output.Upper.Numbers(), Is.All.EqualTo(0.8).Within(1e-6));
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        var (graph, set, random) = (network.Graph, LossProblem.Light, new Random(1));
        Tensor images = zeros(2, 1, 3, 3), sick = full(2, 1, 3, 3, float.NaN);
        Assert.That(
            () => new TrainingBatch(graph, zeros(2, 1, 3, 4), set, random),
            Throws.TypeOf<GraphException>().With.Message.Contains("[1, 3, 4]"));
        Assert.That(
            () => new TrainingBatch(graph, zeros(0, 1, 3, 3), set, random),
            Throws.ArgumentException.With.Message.Contains("[0, 1, 3, 3]"));
        Assert.That(() => new TrainingBatch(graph, sick, set, random), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => new TrainingBatch(graph, images + 2, set, random), Throws.ArgumentException.With.Message.Contains("[2, 2]"));
        Assert.That(
            () => new TrainingBatch(graph, images, set, random, zeros(2, 6)),
            Throws.TypeOf<GraphException>().With.Message.Contains("[2, 6]"));
        Assert.That(
            () => new TrainingBatch(graph, images, set, random, zeros(3, 4)),
            Throws.TypeOf<GraphException>().With.Message.Contains("[3, 4]"));
        Assert.That(
            () => new TrainingBatch(graph, images, set, random, samples: -1),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("-1"));
        foreach (var progress in new[] { -0.1, 1.1, double.NaN })
            Assert.That(
                () => new TrainingBatch(graph, images, set, random, progress: progress),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ActualValue").EqualTo(progress));
        using var batch = LossProblem.Batch(network);
        Assert.That(() => batch.PreActivation(graph.Input), Throws.TypeOf<GraphException>().With.Message.Contains("'input'"));
    }

    [Test]
    public void AWeightThatIsNoNumberIsNamed()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        using var batch = LossProblem.Batch(network);
        network.named_parameters().Single(named => named.name == "fc1.weight").parameter.Set([.. Enumerable.Repeat(double.NaN, 48)]);
        Assert.That(() => batch.Outputs, Throws.TypeOf<GraphException>().With.Message.Contains("'fc1'").And.Message.Contains("weight"));
        Assert.That(
            () => batch.Bounds(SemanticIntervalPropagator.ForTraining),
            Throws.TypeOf<GraphException>().With.Message.Contains("'fc1'"));
    }

    [Test]
    public void AnOverflowIsSaid()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        using var batch = LossProblem.Batch(network);
        using (no_grad())
        {
            foreach (var parameter in network.parameters())
                parameter.fill_(1e200);
        }

        Assert.That(() => batch.Outputs, Throws.TypeOf<GraphException>().With.Message.Contains("'fc2'").And.Message.Contains("overflow"));
    }

    /// <summary>The outputs are the pixels.</summary>
    private static Graph Pixels()
    {
        var builder = new GraphBuilder([1, 3, 3]);
        return builder.Build(builder.Flatten("flatten", builder.Input));
    }
}
