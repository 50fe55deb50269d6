using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>Values computed by hand for the image (0.2, 0.4, 0.9), whose mean is 0.5.</summary>
public sealed class TransformTests
{
    private static readonly double[] Image = [0.2, 0.4, 0.9];

    [Test]
    public void BrightnessAddsAndClips()
    {
        var set = SemanticSet.Of(new Brightness(-1, 1));
        Check(set, [0.3], 0.5, 0.7, 1);
        Check(set, [-0.3], 0, 0.1, 0.6);
        Check(set.WithoutClip(), [0.3], 0.5, 0.7, 1.2);
        Check(set.WithoutClip(), [-0.3], -0.1, 0.1, 0.6);
    }

    [Test]
    public void ContrastStretchesAboutItsPivot()
    {
        Check(SemanticSet.Of(new Contrast(-1, 1)), [0.5], 0.3, 0.6, 1);
        Check(SemanticSet.Of(new Contrast(-1, 1, ContrastPivot.Half)), [0.5], 0.05, 0.35, 1);
        Check(SemanticSet.Of(new Contrast(-1, 1, ContrastPivot.Half)).WithoutClip(), [-0.5], 0.35, 0.45, 0.7);
        Check(SemanticSet.Of(new Contrast(-1, 1, ContrastPivot.ImageMean)).WithoutClip(), [0.5], 0.05, 0.35, 1.1);
        Check(SemanticSet.Of(new Contrast(-1, 1)).WithoutClip(), [-1], 0, 0, 0);
    }

    [Test]
    public void TheImageMeanIsThePivotOfThatImage()
    {
        using var image = tensor(new[] { 0.1, 0.3 }).reshape(1, 1, 2);
        using var moved = SemanticSet.Of(new Contrast(-1, 1, ContrastPivot.ImageMean)).Apply(image, [1.0]);
        Assert.That(moved.Numbers(), Is.EqualTo(new[] { 0.0, 0.4 }).Within(1e-15));
    }

    [Test]
    public void BothMovesAddUpFromTheCleanImage() =>
        Check(SemanticSet.Of(new Brightness(-1, 1), new Contrast(-1, 1)), [0.1, -0.5], 0.2, 0.3, 0.55);

    [Test]
    public void ZeroIsNoChange() => Check(SemanticSet.Of(new Brightness(-1, 1), new Contrast(-1, 1, ContrastPivot.Half)), [0, 0], Image);

    [Test]
    public void SaturationMovesAwayFromLuma()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.2, 0.4, 0.9 }).reshape(3, 1, 1);
        var set = SemanticSet.Of(new Saturation(-1, 1));
        var luma = (0.299 * 0.2) + (0.587 * 0.4) + (0.114 * 0.9);
        Assert.That(set.Apply(image, [-1]).Numbers(), Is.EqualTo(new[] { luma, luma, luma }).Within(1e-15));
        Assert.That(set.Apply(image, [0.1]).Numbers(), Is.EqualTo(Image.Select(value => value + (0.1 * (value - luma)))).Within(1e-15));
        Assert.That(
            () => set.Apply(tensor(Image).reshape(1, 1, 3), [0.1]),
            Throws.ArgumentException.With.Message.Contains("three channels"));
    }

    [Test]
    public void HazeBlendsWithTheAirlight()
    {
        Check(SemanticSet.Of(new Haze(0, 1)), [0.25], 0.4, 0.55, 0.925);
        Check(SemanticSet.Of(new Haze(0, 1, 0.5)), [1], 0.5, 0.5, 0.5);

        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.2, 0.4 }).reshape(2, 1, 1);
        using var moved = SemanticSet.Of(new Haze(0, 1, 0.6, 1)).Apply(image, [0.5]);
        Assert.That(moved.Numbers(), Is.EqualTo(new[] { 0.4, 0.7 }).Within(1e-15));
        Assert.That(
            () => SemanticSet.Of(new Haze(0, 1, 0.6, 1, 1)).Apply(image, [0.5]),
            Throws.ArgumentException.With.Message.Contains("3 channels"));
        Assert.That(() => new Haze(0, 1, 1.5), Throws.ArgumentException.With.Message.Contains("1.5"));
        Assert.That(() => new Haze(0, 1, 0.5, double.NaN), Throws.ArgumentException.With.Message.Contains("NaN"));
    }

    [Test]
    public void ZeroIsNoChangeForAnyTransform()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 50; number++)
        {
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            random.Network().Dispose();
            var set = random.Set();
            var image = random.Image();
            var expected = set.EightBitRounding ? (image * 255).round() / 255 : image;
            Assert.That(
                TensorValues.Gap(set.Apply(image, new double[set.Dimension])[0], expected),
                Is.Zero,
                $"{set}, seed {seed + number}");
        }
    }

    [Test]
    public void GradientInThetaEqualsFiniteDifferences()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        Tensor image = (rand(3, 3, 3, dtype: float64) * 0.9) + 0.05, other = rand(3, 3, 3, dtype: float64);
        var weights = randn(1, 3, 3, 3, dtype: float64);
        var smooth = SemanticSet.Of(new GammaCorrection(-0.5, 0.5), new Haze(0, 1, 0.7), new ConvexHull(other))
            .Then(new Contrast(-1, 1, ContrastPivot.ImageMean), new Brightness(-1, 1))
            .Then(new Saturation(-1, 1), Blur.Gaussian(0, 1, 0.8, BlurEdges.Renormalise)).WithoutClip();
        double[] point = [0.1, 0.2, 0.15, -0.1, 0.05, 0.3, 0.25];
        var expected = FiniteDifference.Gradient(at => (smooth.Apply(image, [at]) * weights).sum().item<double>(), point, 1e-6);

        // Rounding passes gradients straight through.
        foreach (var set in new[] { smooth, smooth.WithEightBitRounding() })
        {
            using var theta = tensor(point).reshape(1, point.Length).requires_grad_(true);
            (set.Apply(image, theta) * weights).sum().backward();
            Assert.That(theta.grad!.Numbers(), Is.EqualTo(expected).Within(1e-6), $"{set}");
        }
    }

    private static void Check(SemanticSet set, double[] theta, params double[] expected)
    {
        using var image = tensor(Image).reshape(1, 1, 3);
        using var moved = set.Apply(image, [theta]);
        Assert.That(moved.shape, Is.EqualTo(new long[] { 1, 1, 1, 3 }));
        Assert.That(moved.Numbers(), Is.EqualTo(expected).Within(1e-15));
    }
}
