namespace RobustPruning.Data.Tests;

[TestFixture]
internal sealed class ImageDataTests
{
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(-0.001f)]
    [TestCase(1.001f)]
    public void ValueOutsideRangeIsRefused(float value) =>
        Assert.That(() => new ImageData([0, value], 1, 1, 2), Throws.ArgumentException);

    [TestCase(3)]
    [TestCase(5)]
    public void WrongLengthIsRefused(int length) =>
        Assert.That(() => new ImageData(new float[length], 1, 2, 2), Throws.ArgumentException);

    [Test]
    public void IndexerIsChannelRowColumn()
    {
        var image = new ImageData([.. Enumerable.Range(0, 12).Select(i => i / 12f)], 2, 2, 3);

        Assert.That(image[1, 0, 2], Is.EqualTo(8 / 12f));
    }
}
