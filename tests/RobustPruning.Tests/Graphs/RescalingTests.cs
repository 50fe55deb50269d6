using RobustPruning.Graphs;
using RobustPruning.Usn;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

public sealed class RescalingTests
{
    [Test]
    public void ValuesAreScaledAndShifted()
    {
        using var scope = NewDisposeScope();
        var input = randn(2, 3, 2, 2);
        foreach (var (scale, shift) in new[] { (new long[] { 1 }, new long[] { 3, 1, 1 }), ([3, 2, 2], [1, 2, 1]), ([1, 1, 1], [1]) })
        {
            var module = new Rescaling(randn(scale), randn(shift));
            using var network = nn.Sequential(("scale", module));
            var node = (RescalingNode)Graph.Of(network, 3, 2, 2).Output;
            Tensor linear = input * module.scale, expected = linear + module.shift;
            Assert.That(TensorValues.Gap(network.forward(input), expected), Is.Zero);
            Assert.That(TensorValues.Gap(node.Affine(input), expected), Is.Zero);
            Assert.That(TensorValues.Gap(node.Linear(input), linear), Is.Zero);
            Assert.That(TensorValues.Gap(node.Absolute(input), input * module.scale.abs()), Is.Zero);
        }
    }

    [Test]
    public void ItsNumbersAreConstants()
    {
        using var module = new Rescaling(2, -1);
        Assert.That(module.parameters(), Is.Empty);
        Assert.That(module.named_buffers().Select(named => named.name), Is.EqualTo(new[] { "scale", "shift" }));
        Assert.That((module.scale.Numbers()[0], module.shift.Numbers()[0]), Is.EqualTo((2.0, -1.0)));
        module.to(ScalarType.Float64);
        Assert.That(module.scale.dtype, Is.EqualTo(ScalarType.Float64));
    }

    [Test]
    public void ItStretchesByItsGreatestScale()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2]);
        var graph = builder.Build(builder.Rescaling("scale", builder.Input, new Rescaling(tensor(new[] { 2f, -3f }), zeros(1))));
        Assert.That(LipschitzBound.Of(graph)[graph.Input], Is.EqualTo(3).Within(1e-9).And.GreaterThanOrEqualTo(3));
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([3, 2, 2]);
        Assert.That(() => builder.Rescaling("odd", builder.Input, new Rescaling(ones(2), zeros(1))), Throws.TypeOf<GraphException>()
            .With.Message.Contains("'odd'").And.Message.Contains("scale [2]").And.Message.Contains("[3, 2, 2]"));
        Assert.That(() => builder.Rescaling("odd", builder.Input, new Rescaling(ones(1), zeros(3, 2, 3))), Throws.TypeOf<GraphException>()
            .With.Message.Contains("shift [3, 2, 3]"));
        Assert.That(() => new Rescaling(double.NaN), Throws.ArgumentException.With.Message.Contains("scale"));
        Assert.That(() => new Rescaling(1, 1e300), Throws.ArgumentException.With.Message.Contains("shift"));
        Assert.That(() => new Rescaling(ones(1, dtype: int64), zeros(1)), Throws.ArgumentException.With.Message.Contains("scale is Int64"));
        Assert.That(() => new Rescaling(ones(1), zeros(1, dtype: float64)), Throws.ArgumentException.With.Message.Contains("Float64"));
    }

    [Test]
    public void ConstantsOfAnotherTypeThanTheWeightsAreRefusedForBounds()
    {
        using var network = nn.Sequential(
            ("fc", nn.Linear(2, 1)),
            ("wide", new Rescaling(ones(1, dtype: float64), zeros(1, dtype: float64))));
        Assert.That(
            () => LipschitzBound.Of(Graph.Of(network, 2)),
            Throws.TypeOf<GraphException>().With.Message.Contains("'wide'").And.Message.Contains("Float64"));
    }
}
