using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class BlurTests
{
    [Test]
    public void TheEdgesAreRepeatedOrLeftOut()
    {
        // Three in a row, box of three: at the left edge (0.2 + 0.2 + 0.4) / 3, or (0.2 + 0.4) / 2.
        Check(new Blur(0, 1, [[1, 1, 1]]), 0.8 / 3, 1.5 / 3, 2.2 / 3);
        Check(new Blur(0, 1, [[1, 1, 1]], BlurEdges.Renormalise), 0.3, 0.5, 0.65);
        Check(Blur.Box(0, 1, 3), 0.8 / 3, 1.5 / 3, 2.2 / 3);
        Check(Blur.Box(0, 1, 1), 0.2, 0.4, 0.9);

        // The weight at the left is that of the left neighbour.
        Check(new Blur(0, 1, [[3, 1, 0]]), 0.2, 0.25, 0.525);
        Check(new Blur(0, 1, [[3, 1, 0]], BlurEdges.Renormalise), 0.2, 0.25, 0.525);
    }

    [Test]
    public void AGaussianKernelIsGaussianAndReachesThreeDeviations()
    {
        var blur = Blur.Gaussian(0, 1, 1.5);
        Assert.That(blur.Weights, Has.Count.EqualTo(11));
        Assert.That(blur.Weights.Select(row => row.Count), Has.All.EqualTo(11));
        Assert.That(blur.Weights[5 + 3][5 - 2] / blur.Weights[5][5], Is.EqualTo(Math.Exp(-(9 + 4) / (2 * 1.5 * 1.5))).Within(1e-15));
    }

    [TestCase(BlurEdges.Replicate)]
    [TestCase(BlurEdges.Renormalise)]
    public void IsAnAverageOfEachChannelEverywhere(BlurEdges edges)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());

        // A kernel larger than the image, on a flat channel and on one that is not.
        var image = stack([full([4, 3], 0.7, dtype: float64), rand(4, 3, dtype: float64)], 0);
        using var moved = SemanticSet.Of(Blur.Gaussian(0, 1, 2, edges)).Apply(image, [1]);
        Assert.That(moved[0][0].Numbers(), Has.All.EqualTo(0.7).Within(1e-14));
        var (least, greatest) = (image[1].min().item<double>(), image[1].max().item<double>());
        Assert.That(moved[0][1].Numbers(), Has.All.InRange(least, greatest));
    }

    [Test]
    public void WhatIsNoKernelIsRefused()
    {
        Assert.That(() => Blur.Box(0, 1, 4), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("4"));
        Assert.That(() => Blur.Gaussian(0, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Blur.Gaussian(0, 1, double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Blur(0, 1, []), Throws.ArgumentException);
        Assert.That(() => new Blur(0, 1, [[1, 1]]), Throws.ArgumentException.With.Message.Contains("[2]"));
        Assert.That(() => new Blur(0, 1, [[1], [1, 1, 1], [1]]), Throws.ArgumentException.With.Message.Contains("[1, 3, 1]"));
        Assert.That(() => new Blur(0, 1, [[1, -0.5, 1]]), Throws.ArgumentException.With.Message.Contains("-0.5"));
        Assert.That(() => new Blur(0, 1, [[0, 0, 0]]), Throws.ArgumentException.With.Message.Contains("sum"));
        Assert.That(() => new Blur(0, 1, [[1, 0, 1]]), Throws.Nothing);
        Assert.That(() => new Blur(0, 1, [[1, 0, 1]], BlurEdges.Renormalise), Throws.ArgumentException.With.Message.Contains("middle"));
        Assert.That(() => Blur.Box(0, 1, 3, (BlurEdges)7), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static void Check(Blur blur, params double[] expected)
    {
        using var image = tensor(new[] { 0.2, 0.4, 0.9 }).reshape(1, 1, 3);
        using var moved = SemanticSet.Of(blur).Apply(image, [1.0]);
        Assert.That(moved.Numbers(), Is.EqualTo(expected).Within(1e-15));
        using var half = SemanticSet.Of(blur).Apply(image, [0.5]);
        Assert.That(half.Numbers(), Is.EqualTo(image.Numbers().Zip(expected, (sharp, blurred) => (sharp + blurred) / 2)).Within(1e-15));
    }
}
