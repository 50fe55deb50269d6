using KeypointRobustness.Pictures;
using RobustPruning.Certification;
using RobustPruning.Data;

namespace KeypointRobustness.Tests.Pictures;

[TestFixture]
internal sealed class KeypointPictureTests
{
    private const float Infinity = float.PositiveInfinity;

    [Test]
    public void PictureIsAWholeEnlargement()
    {
        using var folder = new TemporaryFolder();
        var image = TestImages.Noise(64, 64);
        KeypointPicture.Save(folder.File("a.png"), image, []);

        var picture = ImageFile.Load(folder.File("a.png"));

        Assert.That(picture.Height, Is.EqualTo(640));
        Assert.That(picture.Width, Is.GreaterThan(640));
        Assert.That(picture[1, 639, 639], Is.EqualTo(image[1, 63, 63]).Within(1e-6));
        Assert.That(picture[0, 10, 19], Is.EqualTo(image[0, 1, 1]).Within(1e-6));
    }

    [TestCase(Verdict.Certified)]
    [TestCase(Verdict.Falsified)]
    [TestCase(Verdict.Unknown)]
    public void MarkerHasTheVerdictsColourAtTheKeypoint(Verdict verdict)
    {
        using var folder = new TemporaryFolder();
        var mark = new KeypointMark("nose", 3, 2, null, null, 1, 5, 1, 4, verdict);
        KeypointPicture.Save(folder.File("a.png"), new ImageData(new float[64], 1, 8, 8), [mark], new(MinWidth: 512));

        var picture = ImageFile.Load(folder.File("a.png"));

        var colour = VerdictStyle.Colour(verdict);
        var (x, y) = ((int)(3.5f * 64), (int)(2.5f * 64));
        Assert.That(picture[0, y, x] * 255, Is.EqualTo(colour.Red).Within(2));
        Assert.That(picture[1, y, x] * 255, Is.EqualTo(colour.Green).Within(2));
        Assert.That(picture[2, y, x] * 255, Is.EqualTo(colour.Blue).Within(2));
    }

    [Test]
    public void InfiniteAndUndefinedRangesStillDraw()
    {
        KeypointMark[] marks =
        [
            new("a", 1, 1, 2, 2, -Infinity, Infinity, -Infinity, Infinity, Verdict.Unknown),
            new("b", 1, 1, null, null, float.NaN, float.NaN, float.NaN, float.NaN, Verdict.Unknown),
            new("ünïcode ± <name>", -50, 900, null, null, -60, -40, 900, 901, Verdict.Falsified),
        ];

        using var folder = new TemporaryFolder();
        KeypointPicture.Save(folder.File("a.png"), TestImages.Noise(8, 8), marks, new("Title", 2, true));

        Assert.That(() => ImageFile.Load(folder.File("a.png")), Throws.Nothing);
    }

    [Test]
    public void LongLegendsMakeThePictureTaller()
    {
        using var folder = new TemporaryFolder();
        var marks = Enumerable.Range(0, 80)
            .Select(i => new KeypointMark($"k{i}", 1, 1, null, null, 0, 2, 0, 2, Verdict.Certified))
            .ToArray();
        KeypointPicture.Save(folder.File("a.png"), TestImages.Noise(8, 8), marks);

        Assert.That(ImageFile.Load(folder.File("a.png")).Height, Is.GreaterThan(80 * 20));
    }
}
