using RobustPruning.Tests;

namespace RobustPruning.Data.Tests;

[TestFixture]
internal sealed class ImagePlacementTests
{
    [Test]
    public void HalvingAveragesBlocks()
    {
        var image = new ImageData([0, 1, 0.2f, 0.4f, 1, 0, 0.6f, 0.8f], 1, 2, 4);

        Assert.That(Resize(image, 1, 2).Pixels, Is.EqualTo(new[] { 0.5f, 0.5f }).Within(1e-6));
    }

    [Test]
    public void PartsOfPixelsCount() =>
        Assert.That(Resize(new ImageData([0, 1, 0], 1, 1, 3), 1, 2).Pixels, Is.EqualTo(new[] { 1 / 3f, 1 / 3f }).Within(1e-6));

    [Test]
    public void SameSizeChangesNothing()
    {
        var image = TestImages.Noise(7, 5);

        Assert.That(Resize(image, 7, 5).Pixels, Is.EqualTo(image.Pixels));
    }

    [TestCase(3, 11)]
    [TestCase(31, 2)]
    public void MeanStays(int height, int width)
    {
        var image = TestImages.Noise(9, 8);

        Assert.That(Resize(image, height, width).Pixels.Average(), Is.EqualTo(image.Pixels.Average()).Within(1e-5));
    }

    [Test]
    public void WhiteStaysWhite()
    {
        var white = new ImageData([.. Enumerable.Repeat(1f, 35)], 1, 5, 7);

        Assert.That(Resize(white, 3, 3).Pixels, Is.All.EqualTo(1f).Within(1e-6));
    }

    [TestCase(-0.5f, 640, 64, -0.5f)]
    [TestCase(639.5f, 640, 64, 63.5f)]
    [TestCase(4.5f, 640, 64, 0)]
    [TestCase(0, 64, 64, 0)]
    public void CoordinatesMapByPixelCentres(float from, int oldSize, int newSize, float to) =>
        Assert.That(Stretch(oldSize, oldSize, newSize, newSize).ToScaled(from, 0).X, Is.EqualTo(to).Within(1e-5));

    [Test]
    public void DotAndItsKeypointStayTogether()
    {
        // One white block of 4×4 at columns 8–11, rows 4–7: its middle is at (9.5, 5.5).
        var pixels = new float[16 * 24];
        for (var i = 0; i < 16; i++)
        {
            pixels[(4 + i / 4) * 24 + 8 + i % 4] = 1;
        }

        var small = Resize(new ImageData(pixels, 1, 16, 24), 4, 6);

        var (x, y) = Stretch(16, 24, 4, 6).ToScaled(9.5, 5.5);
        Assert.That(small[0, (int)y, (int)x], Is.EqualTo(1));
        Assert.That(small.Pixels.Sum(), Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void PointsComeBack([Values] bool keepAspectRatio)
    {
        var random = new Random(FreshSeedsAttribute.Current);
        for (var i = 0; i < 100; i++)
        {
            var placement = RandomPlacement(random, keepAspectRatio);
            var (x, y) = (100 * random.NextDouble(), 100 * random.NextDouble());
            var scaled = placement.ToScaled(x, y);
            var (backX, backY) = placement.ToOriginal(scaled.X, scaled.Y);

            Assert.That(backX, Is.EqualTo(x).Within(1e-9));
            Assert.That(backY, Is.EqualTo(y).Within(1e-9));
            Assert.That(placement.ToScaled(x + placement.OriginalPixelsX, y).X - scaled.X, Is.EqualTo(1).Within(1e-9));
        }
    }

    [Test]
    public void KeptProportionsScaleBothDirectionsAlikeAboutTheMiddle()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        for (var i = 0; i < 100; i++)
        {
            var placement = RandomPlacement(random, true);

            Assert.That(placement.OriginalPixelsX, Is.EqualTo(placement.OriginalPixelsY).Within(1e-9));
        }

        var wide = ImagePlacement.Over((0, 0, 640, 480), 480, 640, 32, 32, true);
        Assert.That((wide.Left, wide.Top, wide.Width, wide.Height), Is.EqualTo((0.0, -80.0, 640.0, 640.0)));
        Assert.That((wide.OriginalPixelsX, wide.OriginalPixelsY), Is.EqualTo((20.0, 20.0)));
    }

    [Test]
    public void BesideThePictureThereIsBlackAndThePictureIsWhole()
    {
        var white = new float[1 * 48 * 64];
        Array.Fill(white, 1);

        var scaled = ImagePlacement.Over((0, 0, 64, 48), 48, 64, 32, 32, true).Resample(white, 1);

        for (var y = 0; y < 32; y++)
            Assert.That(scaled[(32 * y)..(32 * y + 32)], Is.All.EqualTo(y is >= 4 and < 28 ? 1f : 0f), $"row {y}");
    }

    [Test]
    public void EveryWindowIsTheMeanOfFineSamples([Values] bool keepAspectRatio)
    {
        // Slow and obvious: the mean of many points of each pixel's area.
        const int fine = 40;
        var random = new Random(FreshSeedsAttribute.Current);
        for (var i = 0; i < 10; i++)
        {
            var placement = RandomPlacement(random, keepAspectRatio);
            float[] pixels = [.. Enumerable.Range(0, placement.OriginalHeight * placement.OriginalWidth).Select(_ => random.NextSingle())];
            var scaled = placement.Resample(pixels, 1);
            for (var y = 0; y < placement.ScaledHeight; y++)
            {
                for (var x = 0; x < placement.ScaledWidth; x++)
                {
                    var sum = 0.0;
                    for (var n = 0; n < fine * fine; n++)
                    {
                        var (fromX, fromY) = placement.ToOriginal(x - 0.5 + (n % fine + 0.5) / fine, y - 0.5 + (n / fine + 0.5) / fine);
                        var (column, row) = ((int)Math.Floor(fromX + 0.5), (int)Math.Floor(fromY + 0.5));
                        if (column >= 0 && row >= 0 && column < placement.OriginalWidth && row < placement.OriginalHeight)
                            sum += pixels[row * placement.OriginalWidth + column];
                    }

                    Assert.That(
                        scaled[y * placement.ScaledWidth + x],
                        Is.EqualTo(sum / (fine * fine)).Within(0.1),
                        $"{placement} at {x}, {y}");
                }
            }
        }
    }

    private static ImagePlacement RandomPlacement(Random random, bool keepAspectRatio) => ImagePlacement.Over(
        (random.Next(-9, 9) + random.NextDouble(), random.Next(-9, 9), 1 + 12 * random.NextDouble(), 1 + 12 * random.NextDouble()),
        random.Next(1, 12), random.Next(1, 12), random.Next(1, 9), random.Next(1, 9), keepAspectRatio);

    private static ImagePlacement Stretch(int height, int width, int scaledHeight, int scaledWidth) =>
        ImagePlacement.Over((0, 0, width, height), height, width, scaledHeight, scaledWidth, false);

    private static ImageData Resize(ImageData image, int height, int width) =>
        new(Stretch(image.Height, image.Width, height, width).Resample(image.Pixels, image.Channels), image.Channels, height, width);
}
