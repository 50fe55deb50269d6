namespace RobustPruning.Data.Tests;

[TestFixture]
internal sealed class KeypointDatasetTests
{
    [TestCase(10, 0.2, 8)]
    [TestCase(10, 0.001, 9)]
    [TestCase(10, 0.999, 1)]
    [TestCase(2, 0.5, 1)]
    public void SplitHoldsBackABlockAtTheEnd(int count, double share, int training)
    {
        var dataset = Make(count);

        var (first, last) = dataset.Split(share);

        Assert.That(first.Samples, Is.EqualTo(dataset.Samples.Take(training)));
        Assert.That(last.Samples, Is.EqualTo(dataset.Samples.Skip(training)));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void ShareOutsideRangeIsRefused(double share) =>
        Assert.That(() => Make(4).Split(share), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void OneSampleCannotBeSplit() => Assert.That(() => Make(1).Split(0.5), Throws.TypeOf<DataException>());

    [Test]
    public void SamplesMustMatch()
    {
        var odd = new KeypointSample("odd", TestImages.Noise(4, 5), [1, 1], [true]);

        Assert.That(() => new KeypointDataset([.. Make(2).Samples, odd], ["nose"]), Throws.ArgumentException.With.Message.Contains("odd"));
        Assert.That(() => new KeypointDataset(Make(2).Samples, ["nose", "tail"]), Throws.ArgumentException);
        Assert.That(() => new KeypointDataset([], ["nose"]), Throws.ArgumentException);
    }

    [Test]
    public void SampleChecksItsLabels()
    {
        var image = TestImages.Noise(4, 4);

        Assert.That(() => new KeypointSample("s", image, [1], [true]), Throws.ArgumentException);
        Assert.That(() => new KeypointSample("s", image, [1, float.NaN], [false]), Throws.ArgumentException);
    }

    private static KeypointDataset Make(int count) => new(
        [.. Enumerable.Range(0, count).Select(i => new KeypointSample($"s{i}", TestImages.Noise(4, 4, i), [1, 2], [true]))], ["nose"]);
}
