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

    private static void Check(SemanticSet set, double[] theta, params double[] expected)
    {
        using var image = tensor(Image).reshape(1, 1, 3);
        using var moved = set.Apply(image, [theta]);
        Assert.That(moved.shape, Is.EqualTo(new long[] { 1, 1, 1, 3 }));
        Assert.That(moved.Numbers(), Is.EqualTo(expected).Within(1e-15));
    }
}
