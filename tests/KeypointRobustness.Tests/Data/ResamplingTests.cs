using KeypointRobustness.Data;

namespace KeypointRobustness.Tests.Data;

[TestFixture]
internal sealed class ResamplingTests
{
    [Test]
    public void HalvingAveragesBlocks()
    {
        var image = new ImageData([0, 1, 0.2f, 0.4f, 1, 0, 0.6f, 0.8f], 1, 2, 4);

        Assert.That(Resampling.Resize(image, 1, 2).Pixels, Is.EqualTo(new[] { 0.5f, 0.5f }).Within(1e-6));
    }

    [Test]
    public void PartsOfPixelsCount() =>
        Assert.That(Resampling.Resize(new ImageData([0, 1, 0], 1, 1, 3), 1, 2).Pixels, Is.EqualTo(new[] { 1 / 3f, 1 / 3f }).Within(1e-6));

    [Test]
    public void SameSizeChangesNothing()
    {
        var image = TestImages.Noise(7, 5);

        Assert.That(Resampling.Resize(image, 7, 5).Pixels, Is.EqualTo(image.Pixels));
    }

    [TestCase(3, 11)]
    [TestCase(31, 2)]
    public void MeanStays(int height, int width)
    {
        var image = TestImages.Noise(9, 8);

        Assert.That(Resampling.Resize(image, height, width).Pixels.Average(), Is.EqualTo(image.Pixels.Average()).Within(1e-5));
    }

    [Test]
    public void WhiteStaysWhite()
    {
        var white = new ImageData([.. Enumerable.Repeat(1f, 35)], 1, 5, 7);

        Assert.That(Resampling.Resize(white, 3, 3).Pixels, Is.All.EqualTo(1f).Within(1e-6));
    }

    [TestCase(-0.5f, 640, 64, -0.5f)]
    [TestCase(639.5f, 640, 64, 63.5f)]
    [TestCase(4.5f, 640, 64, 0)]
    [TestCase(0, 64, 64, 0)]
    public void CoordinatesMapByPixelCentres(float from, int oldSize, int newSize, float to) =>
        Assert.That(Resampling.MapCoordinate(from, oldSize, newSize), Is.EqualTo(to).Within(1e-5));

    [Test]
    public void DotAndItsKeypointStayTogether()
    {
        // One white block of 4×4 at columns 8–11, rows 4–7: its middle is at (9.5, 5.5).
        var pixels = new float[16 * 24];
        for (var i = 0; i < 16; i++)
        {
            pixels[(4 + i / 4) * 24 + 8 + i % 4] = 1;
        }

        var small = Resampling.Resize(new ImageData(pixels, 1, 16, 24), 4, 6);

        var x = (int)Resampling.MapCoordinate(9.5f, 24, 6);
        var y = (int)Resampling.MapCoordinate(5.5f, 16, 4);
        Assert.That(small[0, y, x], Is.EqualTo(1));
        Assert.That(small.Pixels.Sum(), Is.EqualTo(1).Within(1e-6));
    }
}
