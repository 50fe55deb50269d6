using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class GammaTests
{
    private static readonly double[][] Boxes = [[-0.1, 0.1], [0.2, 0.2], [0, 1e-7], [-0.9, 3], [-0.999, -0.99], [5, 40]];

    [Test]
    public void IsThePowerOneAndG()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0, 0.25, 0.81, 1 }).reshape(1, 1, 4);
        var set = SemanticSet.Of(new GammaCorrection(-0.5, 1));
        Assert.That(set.Apply(image, [-0.5]).Numbers(), Is.EqualTo(new[] { 0, 0.5, 0.9, 1 }).Within(1e-15));
        Assert.That(set.Apply(image, [1]).Numbers(), Is.EqualTo(new[] { 0, 0.0625, 0.6561, 1 }).Within(1e-15));
    }

    [Test]
    public void ZeroIsNoChangeToTheLastBit()
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var image = cat([rand(1, 1, 1000), rand(1, 1, 1000) * 1e-30, rand(1, 1, 1003) * 1e-3, zeros(1, 1, 1), ones(1, 1, 1)], 2);
        using var moved = SemanticSet.Of(new GammaCorrection(-0.5, 1)).Apply(image, [0.0]);
        Assert.That(moved.Numbers(), Is.EqualTo(image.Numbers()));
    }

    [Test]
    public void EncloseIsOutwardAndHardlyMore([ValueSource(nameof(Boxes))] double[] limits)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var (low, high) = (limits[0], limits[1]);
        float[] edges = [0, float.Epsilon, 1e-40f, 1e-38f, 1e-20f, 1e-6f, 0.5f, 0.999f, 1 - (1 / 16777216f), 1];
        var image = cat([tensor(edges).reshape(1, 1, edges.Length), rand(1, 1, 500)], 2);
        var gamma = new GammaCorrection(low, high);
        using var enclosed = gamma.Enclose(image, [new ParameterBox([low], [high])]);
        double[] x = image.Numbers(),
            centre = enclosed.Centre.Numbers(),
            generator = enclosed.Generators.Numbers(),
            radius = enclosed.Radius!.Numbers();
        var worst = new double[x.Length];
        var thetas = Enumerable.Range(0, 1001).Select(step => low + ((high - low) * step / 1000)).ToArray();
        var moves = gamma.Move(image, tensor(thetas, [thetas.Length, 1], dtype: float32)).Numbers();
        for (var step = 0; step < thetas.Length; step++)
        {
            var place = high > low ? (2.0 * step / 1000) - 1 : 0;
            for (var pixel = 0; pixel < x.Length; pixel++)
            {
                var enclosure = centre[pixel] + (place * generator[pixel]);
                var real = Math.Pow(x[pixel], 1 + thetas[step]) - x[pixel];
                worst[pixel] = Math.Max(worst[pixel], Math.Abs(real - enclosure));
                Assert.That(Math.Abs(real - enclosure), Is.LessThanOrEqualTo(radius[pixel]), $"{x[pixel]} at {thetas[step]}, real");
                Assert.That(
                    Math.Abs(moves[(step * x.Length) + pixel] - enclosure),
                    Is.LessThanOrEqualTo(radius[pixel]),
                    $"{x[pixel]} at {thetas[step]}, 32 bits");
            }
        }

        var rounding = 2 * (16 + (Math.Max(Math.Abs(low), Math.Abs(high)) / (1 + low))) / 16777216;
        for (var pixel = 0; pixel < x.Length; pixel++)
            Assert.That(radius[pixel], Is.LessThanOrEqualTo((1.02 * worst[pixel]) + rounding), $"{x[pixel]}");
        Assert.That((radius[0], radius[edges.Length - 1]), Is.EqualTo((0.0, 0.0)), "black and white do not move");
    }

    [Test]
    public void TheGradientIsFiniteAtBlackAndWhite()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0, 0.5, 1 }).reshape(1, 1, 3).requires_grad_(true);
        var theta = tensor(new[] { -0.5 }).reshape(1, 1).requires_grad_(true);
        new GammaCorrection(-0.9, 1).Move(image, theta).sum().backward();
        Assert.That(theta.grad!.Numbers()[0], Is.EqualTo(Math.Log(0.5) * Math.Sqrt(0.5)).Within(1e-14));
        Assert.That(image.grad!.Numbers(), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void WhatHasNoPowerIsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.That(() => new GammaCorrection(-1, 0), Throws.ArgumentException.With.Message.Contains("-1"));
        Assert.That(() => new GammaCorrection(0.2, 0.1), Throws.ArgumentException);
        var gamma = new GammaCorrection(-0.1, 0.1);
        Assert.That(
            () => gamma.Enclose(rand(1, 2, 2), [new ParameterBox([-1.5], [0])]),
            Throws.ArgumentException.With.Message.Contains("-1.5"));
        Assert.That(
            () => gamma.Enclose(rand(1, 2, 2), [new ParameterBox([0, 0], [0, 0])]),
            Throws.ArgumentException.With.Message.Contains("2 parameters"));
        Assert.That(
            () => new Brightness(0, 1).Enclose(rand(1, 2, 2), [new ParameterBox([0, 0], [0, 0])]),
            Throws.ArgumentException.With.Message.Contains("2 parameters"));
        Assert.That(() => new Brightness(0, 1).Move(rand(1, 2, 2), zeros(1, 2)), Throws.ArgumentException.With.Message.Contains("[1, 2]"));
        Assert.That(() => gamma.Enclose(rand(1, 2, 2), []), Throws.ArgumentException);
        Assert.That(() => gamma.Move(rand(1, 2, 2), tensor(new[] { -1f }).reshape(1, 1)), Throws.ArgumentException);
        Assert.That(() => gamma.Move(rand(1, 2, 2), zeros(1, 2)), Throws.ArgumentException.With.Message.Contains("[1, 2]"));
        Assert.That(
            () => SemanticSet.Of(gamma).WithoutClip().Apply(full([1, 2, 2], 1.5), [0.1]),
            Throws.ArgumentException.With.Message.Contains("[0, 1]"));
        Assert.That(
            () =>
                SemanticSet
                    .Of(gamma)
                    .WithoutClip()
                    .Enclose(
                        full([1, 2, 2], -0.5),
                        gamma.Parameters.Select(range => new ParameterBox([range.Lower], [range.Upper])).ToArray()),
            Throws.ArgumentException);
    }
}
