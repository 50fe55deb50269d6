using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>Stages that follow each other.</summary>
public sealed class CompositionTests
{
    [Test]
    public void GammaThenContrastAndBrightnessIsTheirFormula()
    {
        using var scope = NewDisposeScope();
        double[] pixels = [0, 0.2, 0.4, 0.9, 1], theta = [0.3, -0.2, 0.15];
        var image = tensor(pixels).reshape(1, 1, 5);
        var powers = pixels.Select(x => Math.Pow(x, 1.3)).ToArray();
        foreach (var (pivot, p) in new[] {
            (ContrastPivot.Zero, 0), (ContrastPivot.Half, 0.5), (ContrastPivot.ImageMean, powers.Average()) })
        {
            var set = SemanticSet.Of(new GammaCorrection(-0.5, 0.5)).Then(new Contrast(-1, 1, pivot), new Brightness(-1, 1)).WithoutClip();
            Assert.That(
                set.Apply(image, theta).Numbers(),
                Is.EqualTo(powers.Select(x => p + (0.8 * (x - p)) + 0.15)).Within(1e-14),
                $"{pivot}");
        }
    }

    [Test]
    public void TheOrderOfStagesCounts()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.4 }).reshape(1, 1, 1);
        var contrastFirst = SemanticSet.Of(new Contrast(-1, 1)).Then(new Brightness(-1, 1));
        var brightnessFirst = SemanticSet.Of(new Brightness(-1, 1)).Then(new Contrast(-1, 1));
        Assert.That(contrastFirst.Apply(image, [0.5, 0.1]).Numbers()[0], Is.EqualTo(0.7).Within(1e-15));
        Assert.That(brightnessFirst.Apply(image, [0.1, 0.5]).Numbers()[0], Is.EqualTo(0.75).Within(1e-15));
    }

    [Test]
    public void ALaterStageMovesWhatTheOnesBeforeItMade()
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        Tensor image = rand(3, 5, 4, dtype: float64), other = rand(3, 5, 4, dtype: float64);
        AffineTransform[] transforms =
        [
            new Brightness(-1, 1), new Contrast(-1, 1), new Contrast(-1, 1, ContrastPivot.Half),
            new Contrast(-1, 1, ContrastPivot.ImageMean), new Saturation(-1, 1), new Haze(-1, 1, 0.3, 0.7, 0.5), Blur.Box(0, 1, 3),
            Blur.Gaussian(0, 1, 1, BlurEdges.Renormalise),
            new Blur(
                0,
                1,
                [
                    [0, 1, 3],
                    [0, 2, 0],
                    [4, 0, 0],
                ]),
            new ConvexHull(other),
        ];
        var random = new Random(TestEnvironment.FreshSeed());
        foreach (var second in transforms)
        {
            double[] theta = [0.4 * random.NextDouble(), -0.3 * random.NextDouble(), 0.7 * random.NextDouble(), 0.5 * random.NextDouble()];
            var set = SemanticSet.Of(new GammaCorrection(-0.5, 0.5)).Then(second, new Haze(-1, 1)).Then(second).WithoutClip();

            // Directions of the moved image itself: slow and obvious.
            var expected = SemanticSet.Of(new GammaCorrection(-0.5, 0.5)).Apply(image, [theta[0]])[0];
            expected = expected + (theta[1] * second.Directions(expected)[0]) + (theta[2] * (1 - expected));
            expected = expected + (theta[3] * second.Directions(expected)[0]);
            Assert.That(TensorValues.Gap(set.Apply(image, theta)[0], expected), Is.LessThan(1e-14), $"{second.GetType().Name}");
        }
    }

    [Test]
    public void ARadiusGoesThroughTheAbsoluteLinearPart()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.2, 0.5, 0.9 }).reshape(3, 1, 1);
        var gamma = SemanticSet.Of(new GammaCorrection(-0.5, 0.5));
        using var before = gamma.Enclose(image, gamma.Box);
        var radius = before.Radius!.Numbers();

        // Haze 0.4 to 0.6 leaves at most 0.6 of it; contrast and haze together 1 + c - t in [0.5, 1.1].
        Check([new Haze(0.4, 0.6)], radius.Select(value => 0.6 * value));
        Check([new Contrast(0, 0.5), new Haze(0.4, 0.5)], radius.Select(value => 1.1 * value));
        Check([new Contrast(-3, -2)], radius.Select(value => 2 * value));
        Check([new Brightness(-1, 1)], radius);

        // Saturation -0.5 to 0.2: 1.2 of the value itself and half of the luma's.
        var luma = (0.299 * radius[0]) + (0.587 * radius[1]) + (0.114 * radius[2]);
        Check([new Saturation(-0.5, 0.2)], radius.Select(value => (1.2 * value) + (0.5 * luma)));
        Check([new Contrast(-0.5, 0.2, ContrastPivot.ImageMean)], radius.Select(value => (1.2 * value) + (0.5 * radius.Average())));

        void Check(AffineTransform[] later, IEnumerable<double> expected)
        {
            var set = gamma.Then(later);
            using var enclosed = set.Enclose(image, set.Box);
            foreach (var (actual, wanted) in enclosed.Radius!.Numbers().Zip(expected))
                Assert.That(actual, Is.InRange(wanted, wanted * (1 + 3e-5)));
        }
    }

    [Test]
    public void ATransformOfOnesOwnMayFollowWhenItsLinearPartIsKnown()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.2, 0.4, 0.6 }).reshape(1, 1, 3);
        Assert.That(SemanticSet.Of(new Vignette(null)).Apply(image, [1]).Numbers(), Is.EqualTo(new[] { 0.2, 0.2, 0 }).Within(1e-15));
        Assert.That(
            () => SemanticSet.Of(new Brightness(0, 1)).Then(new Vignette(null)),
            Throws.ArgumentException.With.Message.Contains("Vignette"));
        Assert.That(() => SemanticSet.Of(new Brightness(0, 1)).Then(new Vignette(new LinearPart(1, 1))),
            Throws.ArgumentException.With.Message.Contains("1 parameters").And.Message.Contains("2"));
        Assert.That(() => new LinearPart([1], [1, 2], values => values), Throws.ArgumentException);
        Assert.That(() => new LinearPart(1, double.NaN), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(
            () => SemanticSet.Of(new Broken()).Apply(image, [1]),
            Throws.ArgumentException.With.Message.Contains("Broken").And.Message.Contains("[1, 1, 3]"));
        Assert.That(
            () => SemanticSet.Of(new Broken()).Enclose(image, new ParameterBox([0], [1])),
            Throws.ArgumentException.With.Message.Contains("Broken"));
    }

    /// <summary>Darkens towards the right.</summary>
    private sealed class Vignette(LinearPart? linearPart) : AffineTransform(new ParameterRange("vignette", 0, 1))
    {
        public override LinearPart? LinearPart => linearPart;

        public override Tensor Directions(Tensor image) => -image.unsqueeze(0) * linspace(0, 1, image.shape[2], dtype: image.dtype);
    }

    private sealed class Broken() : AffineTransform(new ParameterRange("broken", 0, 1))
    {
        public override Tensor Directions(Tensor image) => image.clone();
    }
}
