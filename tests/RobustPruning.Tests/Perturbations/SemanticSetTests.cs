using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class SemanticSetTests
{
    [Test]
    public void GradientInThetaEqualsFiniteDifferences()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        var image = rand(2, 3, 3, dtype: float64);
        var weights = randn(1, 2, 3, 3, dtype: float64);
        var set = SemanticSet.Of(new Brightness(-1, 1), new Contrast(-1, 1, ContrastPivot.ImageMean));
        double[] point = [0.1, 0.2];
        using var theta = tensor(point).reshape(1, 2).requires_grad_(true);
        (set.Apply(image, theta) * weights).sum().backward();
        var expected = FiniteDifference.Gradient(at => (set.Apply(image, [at]) * weights).sum().item<double>(), point, 1e-7);
        Assert.That(theta.grad!.Numbers(), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void EncloseContainsWhatSampledParametersReach()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 30; number++)
        {
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            random.Network().Dispose();
            SemanticSet set = random.Set();
            Tensor image = random.Image();
            var box = random.Box(set);
            using var enclosed = set.Enclose(image, box);
            double[] centre = enclosed.Centre.Numbers(), radius = enclosed.Generators.abs().sum([1]).Numbers();
            using var reached = set.WithoutClip().Apply(image, [.. box.Corners(), .. box.Sample(50, new Random(seed))]);
            var values = reached.Numbers();
            for (var index = 0; index < values.Length; index++)
            {
                var pixel = index % centre.Length;
                Assert.That(Math.Abs(values[index] - centre[pixel]), Is.LessThanOrEqualTo(radius[pixel] + 1e-6));
            }
        }
    }

    [Test]
    public void EncloseReachesItsFaces()
    {
        using var image = tensor(new[] { 0.25, 0.5 }).reshape(1, 1, 2);
        var set = SemanticSet.Of(new Brightness(-1, 1), new Contrast(-1, 1));
        using var enclosed = set.Enclose(image, new ParameterBox([0.1, -0.2], [0.3, 0.4]));
        Assert.That(enclosed.Boxes, Is.EqualTo(1));
        Assert.That(enclosed.Clip, Is.True);
        Assert.That(enclosed.Centre.Numbers(), Is.EqualTo(new[] { 0.475, 0.75 }).Within(1e-15));
        Assert.That(enclosed.Generators.Numbers(), Is.EqualTo(new[] { 0.1, 0.1, 0.075, 0.15 }).Within(1e-15));
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var image = zeros(1, 2, 2);
        using var sick = full([1, 2, 2], double.NaN);
        using var batch = zeros(1, 1, 2, 2);
        var set = SemanticSet.Of(new Brightness(-1, 1));
        Assert.That(() => SemanticSet.Of(), Throws.ArgumentException);
        Assert.That(() => set.Apply(sick, [0.0]), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => set.Enclose(sick, set.Box), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => set.Apply(batch, [0.0]), Throws.ArgumentException.With.Message.Contains("[1, 1, 2, 2]"));
        Assert.That(() => set.Apply(image, [0.0, 1.0]), Throws.ArgumentException.With.Message.Contains("2 values"));
        Assert.That(() => set.Apply(image, (double[][])[]), Throws.ArgumentException);
        Assert.That(() => set.Enclose(image), Throws.ArgumentException);
        Assert.That(() => set.Enclose(image, new ParameterBox([0, 0], [1, 1])), Throws.ArgumentException.With.Message.Contains("2 parameters"));
    }

    [Test]
    public void SaysWhatItIs()
    {
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.2, 0.25));
        Assert.That(set.ToString(), Is.EqualTo("brightness in [-0.1, 0.1], contrast in [-0.2, 0.25], clipped"));
        Assert.That(set.WithoutClip().ToString(), Is.EqualTo("brightness in [-0.1, 0.1], contrast in [-0.2, 0.25]"));
        Assert.That((set.Dimension, set.Clip, set.WithoutClip().Clip), Is.EqualTo((2, true, false)));
    }

    [Test]
    public void NothingLeaks()
    {
        using var image = rand(1, 3, 3);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.2, 0.25, ContrastPivot.ImageMean));
        Assert.That(LiveTensors.Growth(200, () =>
        {
            using var moved = set.Apply(image, [0.1, 0.1]);
            using var images = set.Enclose(image, set.Box);
        }), Is.LessThanOrEqualTo(0));
    }
}
