using RobustPruning.Data.Tests.Formats;
using RobustPruning.Tests;
using SkiaSharp;

namespace RobustPruning.Data.Tests;

/// <summary>A reader gives what loading everything at once gives, and refuses what that refuses.</summary>
[TestFixture]
internal sealed class KeypointDatasetReaderTests
{
    private static readonly KeypointDatasetOptions Options = new() { Height = 12, Width = 16 };

    [Test]
    public void ItGivesWhatTheDataSetGives([Values] bool withBackground, [Values] bool withDepth, [Values] bool cropped)
    {
        var random = new Random(FreshSeedsAttribute.Current);
        using var folder = new TemporaryFolder();
        var images = Images();
        foreach (var (name, bytes) in images)
            File.WriteAllBytes(folder.File(name), bytes);

        // The images are 21 wide and 13 high, or the other way round by their orientation: labels fit into both.
        var rows = images.Keys.Select(name => new Labelled(name, [random.Next(12), random.Next(12), random.NextDouble() * 12, 0]));
        File.WriteAllText(folder.File("labels.csv"), LabelWriters.Csv(["nose", "tail"], rows));
        var options = Options with
        {
            Crop = cropped ? KeypointCrop.Box : KeypointCrop.None,
            Images = new ImageOptions { Background = withBackground ? 0.5f : null, BitDepth = withDepth ? 14 : null },
        };

        var dataset = KeypointDataset.Load(folder.Path, options);
        using var reader = KeypointDatasetReader.Open(folder.Path, options);

        Assert.That(reader.KeypointNames, Is.EqualTo(dataset.KeypointNames));
        Assert.That(reader.Notes, Is.EqualTo(dataset.Notes));
        Assert.That(reader.Names, Is.EqualTo(dataset.Samples.Select(sample => sample.Name)));
        Assert.That(reader.Placements, Is.EqualTo(dataset.Samples.Select(sample => sample.Placement)));
        foreach (var index in Enumerable.Range(0, images.Count).OrderBy(_ => random.Next()))
        {
            var (expected, sample) = (dataset.Samples[index], reader.Load(index));
            Assert.That((sample.Name, sample.Placement), Is.EqualTo((expected.Name, expected.Placement)));
            Assert.That(sample.Image.Pixels, Is.EqualTo(expected.Image.Pixels), sample.Name);
            Assert.That(sample.Keypoints, Is.EqualTo(expected.Keypoints));
            Assert.That(sample.Visible, Is.EqualTo(expected.Visible));
        }

        Assert.That(() => reader.Load(images.Count), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => reader.Load(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase("half.png")]
    [TestCase("half.jpg")]
    [TestCase("half.webp")]
    public void ACutOffImageIsRefusedWhenTheDataSetIsOpened(string name)
    {
        using var folder = new TemporaryFolder();
        var format = Path.GetExtension(name) switch
        {
            ".png" => SKEncodedImageFormat.Png,
            ".jpg" => SKEncodedImageFormat.Jpeg,
            _ => SKEncodedImageFormat.Webp,
        };
        var bytes = TestFiles.Encode(TestImages.Noise(13, 21), format);
        File.WriteAllBytes(folder.File(name), bytes[..(bytes.Length / 2)]);
        File.WriteAllText(folder.File("labels.csv"), $"image,nose_x,nose_y\n{name},1,1");

        Assert.That(() => KeypointDatasetReader.Open(folder.Path, Options), Throws.TypeOf<DataException>().With.Message.Contains(name));
    }

    [Test]
    public void AnImageThatHasChangedSinceIsRefused()
    {
        using var folder = new TemporaryFolder();
        TestFiles.SavePng(folder.File("a.png"), TestImages.Noise(13, 21));
        File.WriteAllText(folder.File("labels.csv"), "image,nose_x,nose_y\na.png,1,1");
        using var reader = KeypointDatasetReader.Open(folder.Path, Options);

        TestFiles.SavePng(folder.File("a.png"), TestImages.Noise(14, 21));
        Assert.That(() => reader.Load(0), Throws.TypeOf<DataException>().With.Message.Contains("a.png has changed"));
        File.Delete(folder.File("a.png"));
        Assert.That(() => reader.Load(0), Throws.TypeOf<DataException>().With.Message.Contains("no image"));
    }

    /// <summary>
    /// Every way that a file is measured: by its header, on its side, of 16 bits, with transparency, and of other formats.
    /// </summary>
    private static Dictionary<string, byte[]> Images()
    {
        var image = TestImages.Noise(13, 21, 3);
        var exif = TestFiles.Exif(6, littleEndian: true);
        byte[] png = TestFiles.Encode(image), jpeg = TestFiles.Encode(image, SKEncodedImageFormat.Jpeg);
        return new()
        {
            ["plain.png"] = png,
            ["plain.jpg"] = jpeg,
            ["turned.png"] = [.. png[..33], .. TestFiles.Chunk("eXIf", exif), .. png[33..]],
            ["turned.jpg"] = [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(8 + exif.Length), .. "Exif\0\0"u8, .. exif, .. jpeg[2..]],
            ["deep.png"] = TestFiles.EncodePng16(21, 13, 2, (x, y, c) => (ushort)(100 * x + 50 * y + c)),
            ["clear.png"] = TestFiles.EncodePng16(21, 13, 6, (x, y, c) => (ushort)(c == 3 ? 60000 : 10 * x)),
            ["clear8.png"] = Transparent(),
            ["plain.bmp"] = TestFiles.EncodeBmp(image),
            ["plain.webp"] = TestFiles.Encode(image, SKEncodedImageFormat.Webp),
        };
    }

    private static byte[] Transparent()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(21, 13, SKColorType.Rgba8888, SKAlphaType.Unpremul, null));
        for (var x = 0; x < 21; x++)
        {
            for (var y = 0; y < 13; y++)
                bitmap.SetPixel(x, y, new SKColor((byte)(9 * x), (byte)(9 * y), 50, (byte)(x < 9 ? 255 : 100)));
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
