using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class SemanticSetTests
{
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
        using var number = zeros([]);
        using var empty = zeros(1, 0, 2);
        var set = SemanticSet.Of(new Brightness(-1, 1));
        Assert.That(() => SemanticSet.Of(), Throws.ArgumentException);
        Assert.That(() => set.Apply(sick, [0.0]), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => set.Enclose(sick, set.Box), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => set.Enclose(empty, set.Box), Throws.ArgumentException.With.Message.Contains("[1, 0, 2]"));
        Assert.That(() => set.Apply(number, [0.0]), Throws.ArgumentException.With.Message.Contains("[]"));
        Assert.That(() => set.Apply(image, [0.0, 1.0]), Throws.ArgumentException.With.Message.Contains("2 values"));
        Assert.That(() => set.Apply(image, (double[][])[]), Throws.ArgumentException);
        Assert.That(() => set.Enclose(image), Throws.ArgumentException);
        Assert.That(
            () => set.Enclose(image, new ParameterBox([0, 0], [1, 1])),
            Throws.ArgumentException.With.Message.Contains("2 parameters"));
        Assert.That(
            () => set.IsAdmissible(new ParameterBox([0, 0], [1, 1])),
            Throws.ArgumentException.With.Message.Contains("2 parameters"));
        Assert.That(() => set.Project([0, 0]), Throws.ArgumentException.With.Message.Contains("2 values"));
        Assert.That(() => set.Then(), Throws.ArgumentException);
        using var theta = zeros(3, 1);
        using var noise = zeros(2, 1, 2, 2);
        Assert.That(() => set.Apply(image, theta, noise), Throws.ArgumentException.With.Message.Contains("[2, 1, 2, 2]"));
        foreach (var radius in new[] { -0.1, double.NaN, double.PositiveInfinity })
            Assert.That(() => set.WithNoise(radius), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"{radius}"));
    }

    [Test]
    public void ImagesMoveTogetherAsTheyDoOneByOne([Range(0, 19)] int run)
    {
        var random = new Random(TestEnvironment.FreshSeed() ^ run);
        using var scope = NewDisposeScope();
        var networks = new RandomNetworks(random.Next());
        using var network = networks.Network();
        var set = networks.Set();
        var images = stack([.. Enumerable.Range(0, 3).Select(_ => networks.Image())]).to(float64);
        var theta = tensor(set.Box.Sample(3, random).SelectMany(set.Project).ToArray(), [3, set.Dimension]);
        var noise = run % 2 == 0 ? null : (rand(images.shape, dtype: float64) - 0.5) * set.Noise;

        // Where the values are rounded to 8 bits, the last digit may decide which way.
        var expected = cat([.. Enumerable.Range(0, 3).Select(n => set.Apply(images[n], theta.narrow(0, n, 1), noise?.narrow(0, n, 1)))], 0);
        Assert.That(
            TensorValues.Gap(set.ApplyEach(images, theta, noise), expected),
            Is.LessThan(set.EightBitRounding ? 1.001 / 255 : 1e-12),
            set.ToString());
    }

    [Test]
    public void ImagesMoveOneByOneWhereATransformSaysNoMore()
    {
        using var scope = NewDisposeScope();
        var images = rand(2, 1, 3, 3);
        var theta = tensor(new[] { 0.25f, -0.5f }, [2, 1]);
        var set = SemanticSet.Of(new Squares()).WithoutClip();
        var expected = images + (theta.reshape(2, 1, 1, 1) * images.square());
        Assert.That(TensorValues.Gap(set.ApplyEach(images, theta), expected), Is.LessThan(1e-6));
    }

    [Test]
    public void ImagesAndParametersThatDoNotFitAreRefused()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new Brightness(-1, 1));
        var images = zeros(2, 1, 2, 2);
        Assert.That(() => set.ApplyEach(zeros(2), zeros(2, 1)), Throws.ArgumentException.With.Message.Contains("[2]"));
        Assert.That(() => set.ApplyEach(zeros(0, 1, 2, 2), zeros(0, 1)), Throws.ArgumentException.With.Message.Contains("[0, 1, 2, 2]"));
        Assert.That(() => set.ApplyEach(images, zeros(3, 1)), Throws.ArgumentException.With.Message.Contains("3 θ"));
        Assert.That(() => set.ApplyEach(images, zeros(2, 2)), Throws.ArgumentException.With.Message.Contains("[2, 2]"));
        Assert.That(
            () => set.ApplyEach(images, zeros(2, 1), zeros(1, 1, 2, 2)),
            Throws.ArgumentException.With.Message.Contains("[1, 1, 2, 2]"));
        Assert.That(() => set.ApplyEach(images + 1.5, zeros(2, 1)), Throws.ArgumentException.With.Message.Contains("1.5"));
        Assert.That(() => set.ApplyEach(images / 0, zeros(2, 1)), Throws.ArgumentException.With.Message.Contains("NaN"));
    }

    [Test]
    public void SaysWhatItIs()
    {
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.2, 0.25));
        Assert.That(set.ToString(), Is.EqualTo("brightness in [-0.1, 0.1], contrast in [-0.2, 0.25], clipped"));
        Assert.That(set.WithoutClip().ToString(), Is.EqualTo("brightness in [-0.1, 0.1], contrast in [-0.2, 0.25]"));
        Assert.That((set.Dimension, set.Clip, set.WithoutClip().Clip), Is.EqualTo((2, true, false)));

        var composed = SemanticSet
            .Of(new GammaCorrection(-0.1, 0.1))
            .Then(new Haze(0, 0.2), new Brightness(0, 0.1))
            .WithNoise(0.01)
            .WithEightBitRounding();
        Assert.That(composed.ToString(), Is.EqualTo(
            "gamma in [-0.1, 0.1], then haze in [0, 0.2], brightness in [0, 0.1], noise up to 0.01, clipped, rounded to 8 bits"));
        Assert.That(
            composed.Transforms.Select(transform => transform.GetType()),
            Is.EqualTo(new[] { typeof(GammaCorrection), typeof(Haze), typeof(Brightness) }));
        Assert.That((composed.Noise, composed.EightBitRounding, composed.Clip), Is.EqualTo((0.01, true, true)));
        Assert.That((set.Noise, set.EightBitRounding), Is.EqualTo((0.0, false)), "a set does not change");
    }

    [Test]
    public void ScalingShrinksEveryRangeAboutZeroAndLeavesTheRest()
    {
        var set = SemanticSet
            .Of(new GammaCorrection(-0.2, 0.4))
            .Then(new Brightness(-0.1, 0))
            .WithNoise(0.01)
            .WithEightBitRounding()
            .WithoutClip();
        var half = set.Scaled(0.5);
        Assert.That(half.Box.Lower, Is.EqualTo(new[] { -0.1, -0.05 }));
        Assert.That(half.Box.Upper, Is.EqualTo(new[] { 0.2, 0.0 }));
        Assert.That(
            half.Parameters.Select(range => range.ToString()),
            Is.EqualTo(new[] { "gamma in [-0.1, 0.2]", "brightness in [-0.05, 0]" }));
        Assert.That((half.Noise, half.EightBitRounding, half.Clip), Is.EqualTo((0.01, true, false)));
        Assert.That(set.Scaled(1).Box.Upper, Is.EqualTo(set.Box.Upper));
        Assert.That(set.Box.Upper, Is.EqualTo(new[] { 0.4, 0 }), "a set does not change");
        foreach (var factor in new[] { 0, -0.5, 1.01, double.NaN })
            Assert.That(() => set.Scaled(factor), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"{factor}"));
    }

    [Test]
    public void NothingLeaks()
    {
        using var image = rand(1, 3, 3);
        using var other = rand(1, 3, 3);
        var set = SemanticSet
            .Of(new GammaCorrection(-0.1, 0.1), new ConvexHull(other))
            .Then(new Contrast(-0.2, 0.25, ContrastPivot.ImageMean), Blur.Box(0, 1, 3, BlurEdges.Renormalise))
            .WithNoise(0.1)
            .WithEightBitRounding();
        Assert.That(LiveTensors.Growth(50, () =>
        {
            using var moved = set.Apply(image, set.Box.Centre);
            using var images = set.Enclose(image, set.Box);
        }), Is.LessThanOrEqualTo(0));
    }

    /// <summary>Not affine in the image, so without a linear part.</summary>
    private sealed class Squares() : AffineTransform(new ParameterRange("squares", -1, 1))
    {
        public override Tensor Directions(Tensor image) => image.square().unsqueeze(0);
    }
}
