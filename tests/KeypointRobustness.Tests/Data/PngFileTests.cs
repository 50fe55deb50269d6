using KeypointRobustness.Data;

namespace KeypointRobustness.Tests.Data;

[TestFixture]
internal sealed class PngFileTests
{
    [Test]
    public void SavedImageLoadsUnchanged()
    {
        using var folder = new TemporaryFolder();
        var image = TestImages.Noise(13, 17);

        PngFile.Save(folder.File("new/a.png"), image);
        var loaded = PngFile.Load(folder.File("new/a.png"));

        Assert.That((loaded.Channels, loaded.Height, loaded.Width), Is.EqualTo((3, 13, 17)));
        Assert.That(loaded.Pixels, Is.EqualTo(image.Pixels));
        Assert.That(Directory.GetFiles(folder.File("new")), Has.Length.EqualTo(1), "no temporary file stays");
    }

    [Test]
    public void GreyImageLoadsAsThreeEqualChannels()
    {
        using var folder = new TemporaryFolder();
        PngFile.Save(folder.File("a.png"), new ImageData([0, 0.2f, 0.4f, 1], 1, 2, 2));

        var loaded = PngFile.Load(folder.File("a.png"));

        Assert.That(loaded.Pixels, Is.EqualTo(new[] { 0, 0.2f, 0.4f, 1, 0, 0.2f, 0.4f, 1, 0, 0.2f, 0.4f, 1 }).Within(1e-6));
    }

    [Test]
    public void FileCutOffAnywhereIsRefused()
    {
        using var folder = new TemporaryFolder();
        var whole = PngFile.Encode(TestImages.Noise(24, 24));
        for (var i = 0; i < 50; i++)
        {
            var path = folder.File($"cut{i}.png");
            File.WriteAllBytes(path, whole[..(i * whole.Length / 50)]);

            Assert.That(() => PngFile.Load(path), Throws.TypeOf<DataException>().With.Message.Contains(path));
        }

        File.WriteAllBytes(folder.File("last.png"), whole[..^1]);
        Assert.That(() => PngFile.Load(folder.File("last.png")), Throws.TypeOf<DataException>());
    }

    [Test]
    public void FileWithOneByteChangedIsRefused()
    {
        using var folder = new TemporaryFolder();
        var whole = PngFile.Encode(TestImages.Noise(24, 24));
        for (var i = 0; i < whole.Length; i += 1 + whole.Length / 50)
        {
            var path = folder.File($"changed{i}.png");
            var changed = (byte[])whole.Clone();
            changed[i] ^= 0x10;
            File.WriteAllBytes(path, changed);

            Assert.That(() => PngFile.Load(path), Throws.TypeOf<DataException>().With.Message.Contains(path));
        }
    }

    [Test]
    public void RandomBytesAreRefused()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        byte[] signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
        for (var i = 0; i < 20; i++)
        {
            var bytes = new byte[100 * i];
            random.NextBytes(bytes);
            File.WriteAllBytes(folder.File("a.png"), i % 2 == 0 ? bytes : [.. signature, .. bytes]);

            Assert.That(() => PngFile.Load(folder.File("a.png")), Throws.TypeOf<DataException>());
        }
    }

    [Test]
    public void MissingFileAndFolderAreRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => PngFile.Load(folder.File("none.png")), Throws.TypeOf<DataException>().With.Message.Contains("none.png"));
        Assert.That(() => PngFile.Load(folder.File("none/none.png")), Throws.TypeOf<DataException>());
        Assert.That(() => PngFile.Load(folder.Path), Throws.TypeOf<DataException>());
    }

    [Test]
    public void UnwritableTargetIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "in the way");

        Assert.That(
            () => PngFile.Save(folder.File("file/a.png"), TestImages.Noise(2, 2)),
            Throws.TypeOf<DataException>().With.Message.Contains("a.png"));
    }
}
