using RobustPruning.Perturbations;

namespace RobustPruning.Tests.Perturbations;

public sealed class ParameterRangeTests
{
    [TestCase(0.2, 0.1, "0.2")]
    [TestCase(double.NaN, 0.1, "NaN")]
    [TestCase(0.1, double.NaN, "NaN")]
    [TestCase(0.1, double.PositiveInfinity, "Infinity")]
    [TestCase(double.NegativeInfinity, 0.1, "-Infinity")]
    public void AnErrorNamesTheParameterAndTheValue(double lower, double upper, string value)
    {
        Assert.That(
            () => new Brightness(lower, upper),
            Throws.ArgumentException.With.Message.Contains("brightness").And.Message.Contains(value));
        Assert.That(
            () => new Contrast(lower, upper),
            Throws.ArgumentException.With.Message.Contains("contrast").And.Message.Contains(value));
    }

    [Test]
    public void EveryTransformNamesItsParameter()
    {
        Func<ISemanticTransform>[] inverted =
        [
            () => new Brightness(1, 0),
            () => new Contrast(1, 0),
            () => new Saturation(1, 0),
            () => new Haze(1, 0),
            () => new GammaCorrection(1, 0),
            () => Blur.Box(1, 0, 3),
        ];
        string[] names = ["brightness", "contrast", "saturation", "haze", "gamma", "blur"];
        foreach (var (make, name) in inverted.Zip(names))
            Assert.That(() => make(), Throws.ArgumentException.With.Message.Contains(name).And.Message.Contains("[1, 0]"));
    }

    [Test]
    public void APointIsARange() => Assert.That(new ParameterRange("haze", 0.5, 0.5).ToString(), Is.EqualTo("haze in [0.5, 0.5]"));

    [Test]
    public void ANameIsNeeded() => Assert.That(() => new ParameterRange(" ", 0, 1), Throws.ArgumentException);

    [Test]
    public void AnUnknownPivotIsRefused() =>
        Assert.That(() => new Contrast(0, 1, (ContrastPivot)7), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
