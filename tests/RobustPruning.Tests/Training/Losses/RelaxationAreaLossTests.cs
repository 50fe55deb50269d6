using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class RelaxationAreaLossTests
{
    [Test]
    public void EqualsThePlainFormula()
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        double[] clean = Draw(random, 12), lower = Draw(random, 12), upper = [.. lower.Select(value => value + (3 * random.NextDouble()))];
        Assert.That(Value(clean, lower, upper), Is.EqualTo(Plain(clean, lower, upper)).Within(1e-9));
        Assert.That(
            Value(clean, [.. lower.Select(Math.Abs)], [.. upper.Select(value => Math.Abs(value) + 3)]),
            Is.Zero,
            "stable neurons lose nothing");
    }

    [Test]
    public void ItsGradientEqualsFiniteDifferences()
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        double[][] points =
        [
            Draw(random, 12),
            [.. Draw(random, 12).Select(value => value - 2.1)],
            [.. Draw(random, 12).Select(value => value + 2.1)],
        ];
        var tensors = points.Select(values => tensor(values, [3, 2, 2]).requires_grad_(true)).ToArray();
        RelaxationAreaLoss.Of([tensors[0]], [tensors[1]], [tensors[2]]).backward();
        for (var which = 0; which < 3; which++)
        {
            var expected = FiniteDifference.Gradient(
                at => Value(which == 0 ? at : points[0], which == 1 ? at : points[1], which == 2 ? at : points[2]), points[which], 1e-6);
            Assert.That(tensors[which].grad!.Numbers(), Is.EqualTo(expected).Within(1e-6));
        }
    }

    [Test]
    public void AtTheEdgesOfStabilityItAndItsGradientAreFinite()
    {
        using var scope = NewDisposeScope();
        var clean = tensor(new[] { 0f, 0, 0, 0, 1, 1, 1, 1 }, [2, 4]);
        var lower = tensor(new[] { 0f, -1, 0, -1e-38f, -1e-30f, -3e38f, -1e-45f, -1 }, [2, 4]).requires_grad_(true);
        var upper = tensor(new[] { 1f, 0, 0, 1e-38f, 1, 1e-3f, 1e-45f, 1 }, [2, 4]).requires_grad_(true);
        var loss = RelaxationAreaLoss.Of([clean], [lower], [upper]);
        loss.backward();

        // Only -3e38 and 1e-3, and -1 and 1, count: 0.001 and 0.5, over two images and a spread of a half.
        Assert.That(loss.item<float>(), Is.EqualTo(0.501).Within(1e-6));
        Assert.That(lower.grad!.Numbers(), Is.All.InRange(-1, 0));
        Assert.That(upper.grad!.Numbers(), Is.All.InRange(0, 1));
        Assert.That(lower.grad!.Numbers().Take(3).Concat(upper.grad!.Numbers().Take(3)), Is.All.Zero, "l = 0 or u = 0 is stable");
    }

    [Test]
    public void SampledLimitsAreTheLeastAndGreatestValuesAndThoseOfBoundsAreWider()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network, samples: 6);
        var values = network.Graph.PreActivations.Select(batch.PreActivation).ToList();
        List<Tensor> clean = [.. values.Select(layer => layer[0])];
        var sampled = RelaxationAreaLoss.Of(
            clean,
            [.. values.Select(layer => layer.amin([0]))],
            [.. values.Select(layer => layer.amax([0]))]);
        Assert.That(new RelaxationAreaLoss().Of(batch).item<double>(), Is.EqualTo(sampled.item<double>()).Within(1e-9));

        var bounds = batch.Bounds(SemanticIntervalPropagator.ForTraining).PreActivations;
        var bounded = RelaxationAreaLoss.Of(clean, [.. bounds.Select(layer => layer.Lower)], [.. bounds.Select(layer => layer.Upper)]);
        Assert.That(
            new RelaxationAreaLoss(SemanticIntervalPropagator.ForTraining).Of(batch).item<double>(),
            Is.EqualTo(bounded.item<double>()).Within(1e-9));
        Assert.That(bounded.item<double>(), Is.GreaterThanOrEqualTo(sampled.item<double>()));
    }

    [Test]
    public void EveryActivationCountsWithItsOwnRelaxation([Values] bool sampled)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([1, 3, 3]);
        var first = builder.Sigmoid("sigmoid", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 2, 2L)));
        var second = builder.LeakyRelu("leaky", builder.Convolution("conv2", first, nn.Conv2d(2, 2, 1L)), 0.1);
        var third = builder.Tanh("tanh", builder.Convolution("conv3", second, nn.Conv2d(2, 2, 1L)));
        using var network = new GraphModule(builder.Build(builder.Flatten("flatten", third)));
        var loss = new RelaxationAreaLoss(sampled ? null : SemanticIntervalPropagator.ForTraining);
        var value = loss.Of(network.Graph, rand(2, 1, 3, 3), LossProblem.Light, new Random(1));
        value.backward();
        Assert.That(value.item<float>(), Is.GreaterThan(0).And.LessThan(1e6));
        Assert.That(network.parameters().SelectMany(parameter => parameter.grad!.Numbers()), Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void WhereNothingIsUnstableItIsZeroAndTrainsOn()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        using (no_grad())
        {
            foreach (var (name, parameter) in network.named_parameters())
                parameter.fill_(name.EndsWith("bias", StringComparison.Ordinal) ? 100 : 0.01);
        }

        using var batch = LossProblem.Batch(network);
        var loss = new RelaxationAreaLoss().Of(batch);
        loss.backward();
        Assert.That(loss.item<double>(), Is.Zero);
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        Tensor layer = zeros(2, 4), other = zeros(2, 5);
        Assert.That(() => RelaxationAreaLoss.Of([], [], []), Throws.ArgumentException.With.Message.Contains("no layer"));
        Assert.That(
            () => RelaxationAreaLoss.Of([layer], [layer, layer], [layer]),
            Throws.ArgumentException.With.Message.Contains("of 2 and 1"));
        Assert.That(
            () => RelaxationAreaLoss.Of([layer, layer], [layer, other], [layer, layer]),
            Throws.ArgumentException.With.Message.Contains("Layer 1").And.Message.Contains("[2, 5]"));
        Assert.That(
            () => RelaxationAreaLoss.Of([zeros(1, 4)], [zeros(1, 4)], [zeros(1, 4)]),
            Throws.ArgumentException.With.Message.Contains("B at least 2"));
        Assert.That(
            () => new RelaxationAreaLoss().Of(LossProblem.Batch(network, samples: 0)),
            Throws.ArgumentException.With.Message.Contains("sample"));
        Assert.That(
            () => new RelaxationAreaLoss().Of(LossProblem.Batch(network, images: 1)),
            Throws.ArgumentException.With.Message.Contains("at least 2"));
    }

    private static double Value(double[] clean, double[] lower, double[] upper)
    {
        using var scope = NewDisposeScope();
        return RelaxationAreaLoss.Of([tensor(clean, [3, 2, 2])], [tensor(lower, [3, 2, 2])], [tensor(upper, [3, 2, 2])]).item<double>();
    }

    private static double Plain(double[] clean, double[] lower, double[] upper)
    {
        var variance = Enumerable.Range(0, 4).Average(neuron =>
        {
            double[] values = [clean[neuron], clean[4 + neuron], clean[8 + neuron]];
            return values.Average(value => Math.Pow(value - values.Average(), 2));
        });
        return lower.Zip(upper, (l, u) => l < 0 && u > 0 ? -l * u / (u - l) : 0).Sum() / 3 / Math.Sqrt(variance);
    }

    private static double[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 4) - 2)];
}
