using BitMiracle.LibTiff.Classic;
using RobustPruning.Tests;
using SkiaSharp;

namespace RobustPruning.Data.Tests.Images;

[TestFixture]
internal sealed class ImageFileTests
{
    private static readonly string[] Kinds = ["png", "jpg", "bmp", "webp", "tif", "png16", "tif16"];

    [Test]
    public void LosslessFileLoadsUnchangedUnderAnyName(
        [Values("a.png", "A.PNG", "a.jpg", "a")] string name,
        [Values("png", "bmp", "tif")] string kind)
    {
        using var folder = new TemporaryFolder();
        var image = TestImages.Noise(13, 17, FreshSeedsAttribute.Current);
        File.WriteAllBytes(folder.File(name), Make(kind, image));

        var loaded = ImageFile.Load(folder.File(name));

        Assert.That((loaded.Channels, loaded.Height, loaded.Width), Is.EqualTo((3, 13, 17)));
        Assert.That(loaded.Pixels, Is.EqualTo(image.Pixels));
        Assert.That(loaded.Notes, Is.Empty);
    }

    [TestCase("jpg")]
    [TestCase("webp")]
    public void LossyFileLoadsNearly(string kind)
    {
        using var folder = new TemporaryFolder();
        var image = new ImageData([.. Enumerable.Range(0, 3 * 32 * 48).Select(i => i % 48 / 47f)], 3, 32, 48);
        File.WriteAllBytes(folder.File("a.png"), Make(kind, image));

        Assert.That(ImageFile.Load(folder.File("a.png")).Pixels, Is.EqualTo(image.Pixels).Within(0.05));
    }

    [Test]
    public void TensorHasTheImagesShapeAndValues()
    {
        var image = TestImages.Noise(3, 5);

        using var tensor = image.ToTensor();

        Assert.That(tensor.shape, Is.EqualTo(new long[] { 3, 3, 5 }));
        Assert.That(tensor.data<float>().ToArray(), Is.EqualTo(image.Pixels));
    }

    [Test]
    public void AnImageAloneIsScaledAsInADataSet([Values] bool keepAspectRatio, [Values("png", "png16")] string kind)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), Make(kind, TestImages.Noise(31, 47, FreshSeedsAttribute.Current)));
        File.WriteAllText(folder.File("data.csv"), "image,tail_x,tail_y\na.png,1,1\n");
        var options = new KeypointDatasetOptions { Height = 10, Width = 12, KeepAspectRatio = keepAspectRatio };

        var scaled = ImageFile.Load(folder.File("a.png")).Scaled(10, 12, keepAspectRatio);

        Assert.That((scaled.Channels, scaled.Height, scaled.Width), Is.EqualTo((3, 10, 12)));
        Assert.That(scaled.Pixels, Is.EqualTo(KeypointDataset.Load(folder.Path, options).Samples[0].Image.Pixels).Within(1e-6));
        Assert.That(() => scaled.Scaled(0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void SixteenBitPngKeepsItsBits([Values(0, 2, 4, 6)] int colourType, [Values] bool interlaced, [Values(1, 7, 19)] int width)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(FreshSeedsAttribute.Current);
        const int height = 11;
        var values = new ushort[height, width, 4];
        foreach (var (x, y, c) in from x in Enumerable.Range(0, width)
            from y in Enumerable.Range(0, height)
            from c in Enumerable.Range(0, 4)
            select (x, y, c))
            values[y, x, c] = (ushort)random.Next(65536);
        values[0, 0, 0] = ushort.MaxValue;
        File.WriteAllBytes(
            folder.File("a.png"),
            TestFiles.EncodePng16(width, height, colourType, (x, y, c) => values[y, x, c], interlaced));

        var loaded = ImageFile.Load(folder.File("a.png"));

        foreach (var (x, y, c) in from x in Enumerable.Range(0, width)
            from y in Enumerable.Range(0, height)
            from c in Enumerable.Range(0, 3)
            select (x, y, c))
            Assert.That(loaded[c, y, x], Is.EqualTo(values[y, x, colourType is 2 or 6 ? c : 0] / 65535f));
    }

    [Test]
    public void SixteenBitPngIsWhatSkiaSharpReadsInEightBits([Values(0, 2)] int colourType, [Values] bool interlaced)
    {
        var random = new Random(FreshSeedsAttribute.Current);
        var seed = random.Next(1, 1000);
        var file = TestFiles.EncodePng16(
            9,
            10,
            colourType,
            (x, y, c) => (ushort)((x * 7919 + y * 104729 + c * 1299709 + 31) * seed),
            interlaced);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), file);
        using var bitmap = SKBitmap.Decode(file);

        var loaded = ImageFile.Load(folder.File("a.png"), new ImageOptions { BitDepth = 16 });

        for (var i = 0; i < 90; i++)
            Assert.That(loaded[0, i / 9, i % 9], Is.EqualTo(bitmap.GetPixel(i % 9, i / 9).Red / 255f).Within(1 / 254f));
    }

    [TestCase(255, 8)]
    [TestCase(1000, 10)]
    [TestCase(4095, 12)]
    [TestCase(4096, 14)]
    [TestCase(16384, 16)]
    public void FewBitsInSixteenAreFoundAndSaid(int greatest, int depth)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), TestFiles.EncodePng16(4, 4, 0, (x, y, _) => (ushort)(x + y == 0 ? greatest : 100)));

        var found = ImageFile.Load(folder.File("a.png"));
        var stated = ImageFile.Load(folder.File("a.png"), new ImageOptions { BitDepth = 16 });

        Assert.That(found[0, 0, 0], Is.EqualTo(greatest / (float)((1 << depth) - 1)).Within(1e-6));
        Assert.That(found.Notes, depth == 16 ? Is.Empty : Has.One.Contains("a.png").And.One.Contains($"{depth} bits"));
        Assert.That(stated[0, 0, 0], Is.EqualTo(greatest / 65535f));
        Assert.That(stated.Notes, Is.Empty);
    }

    [Test]
    public void MoreBitsThanStatedAreRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), TestFiles.EncodePng16(4, 4, 0, (_, _, _) => 5000));

        Assert.That(
            () => ImageFile.Load(folder.File("a.png"), new ImageOptions { BitDepth = 12 }),
            Throws.TypeOf<DataException>().With.Message.Contains("a.png").And.Message.Contains("5000"));
    }

    [Test]
    public void TransparentPixelsKeepTheirColoursOrGetABackground()
    {
        using var folder = new TemporaryFolder();
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.SetPixel(0, 0, new SKColor(200, 100, 50, 0));
        bitmap.SetPixel(1, 0, new SKColor(200, 100, 50, 51));
        File.WriteAllBytes(folder.File("a.png"), bitmap.Encode(SKEncodedImageFormat.Png, 100).ToArray());

        var stored = ImageFile.Load(folder.File("a.png"));
        var grey = ImageFile.Load(folder.File("a.png"), new ImageOptions { Background = 0.5f });

        Assert.That(stored.Pixels, Is.EqualTo(new[] { 200 / 255f, 200 / 255f, 100 / 255f, 100 / 255f, 50 / 255f, 50 / 255f }));
        Assert.That(stored.Notes, Has.One.Contains("2 transparent pixels"));
        Assert.That(grey.Pixels[0], Is.EqualTo(0.5f));
        Assert.That(grey.Pixels[1], Is.EqualTo(0.2f * 200 / 255f + 0.8f * 0.5f).Within(1e-6));
        Assert.That(grey.Notes, Is.Empty);
    }

    [Test]
    public void TransparentColourOfASixteenBitPngIsSeen()
    {
        using var folder = new TemporaryFolder();
        var file = TestFiles.EncodePng16(2, 1, 0, (x, _, _) => (ushort)(40000 + x), false, ("tRNS", [40000 >> 8, 40000 & 255]));
        File.WriteAllBytes(folder.File("a.png"), file);

        Assert.That(ImageFile.Load(folder.File("a.png"), new ImageOptions { Background = 0 })[0, 0, 0], Is.Zero);
        Assert.That(ImageFile.Load(folder.File("a.png")).Notes, Has.One.Contains("1 transparent"));
    }

    [Test]
    public void GreyAndPalettePngsBecomeTheirColours()
    {
        using var folder = new TemporaryFolder();
        using var grey = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Gray8, SKAlphaType.Opaque));
        grey.GetPixelSpan()[0] = 51;
        grey.GetPixelSpan()[1] = 255;
        File.WriteAllBytes(folder.File("grey.png"), grey.Encode(SKEncodedImageFormat.Png, 100).ToArray());
        File.WriteAllBytes(folder.File("palette.png"), PalettePng());

        Assert.That(ImageFile.Load(folder.File("grey.png")).Pixels, Is.EqualTo(new[] { 0.2f, 1, 0.2f, 1, 0.2f, 1 }).Within(1e-6));
        Assert.That(ImageFile.Load(folder.File("palette.png")).Pixels, Is.EqualTo(new[] { 1, 0, 0.2f, 0.4f, 0, 1f }).Within(1e-6));
    }

    [Test]
    public void ExifOrientationIsCarriedOut([Range(1, 8)] int orientation, [Values("png", "png16", "jpg", "tif", "palettetif")] string kind)
    {
        using var folder = new TemporaryFolder();

        // The upright picture has a red corner at the top left, blue at the top right, green at the bottom left.
        const int width = 48, height = 32;
        Func<int, int, int, float> upright = (x, y, c) =>
            (x < 16 && y < 16 && c == 0) || (x >= width - 16 && y < 16 && c == 2) || (x < 16 && y >= 16 && c == 1) ? 1 : 0;
        File.WriteAllBytes(folder.File("a"), Turned(kind, orientation, width, height, upright));

        var loaded = ImageFile.Load(folder.File("a"));

        Assert.That((loaded.Width, loaded.Height), Is.EqualTo((width, height)));
        foreach (var (x, y, c) in from x in new[] { 4, 24, 44 } from y in new[] { 4, 28 } from c in Enumerable.Range(0, 3) select (x, y, c))
            Assert.That(loaded[c, y, x], Is.EqualTo(upright(x, y, c)).Within(0.06), $"{c} at {x}, {y}");
    }

    [Test]
    public void TiffsOfAllLayoutsLoad(
        [Values(8, 16)] int bits, [Values(1, 3, 4)] int channels, [Values] bool tiled, [Values] bool separate,
        [Values("none", "lzw", "zip")] string compression)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(FreshSeedsAttribute.Current);
        const int width = 37, height = 21;
        var values = new int[height, width, channels];
        foreach (var (x, y, c) in from x in Enumerable.Range(0, width)
            from y in Enumerable.Range(0, height)
            from c in Enumerable.Range(0, channels)
            select (x, y, c))
            values[y, x, c] = random.Next(1 << bits);
        var method = compression switch { "lzw" => Compression.LZW, "zip" => Compression.ADOBE_DEFLATE, _ => Compression.NONE };
        WriteTiff(folder.File("a.tif"), width, height, channels, bits, (x, y, c) => values[y, x, c], tiled, separate, method);

        var loaded = ImageFile.Load(folder.File("a.tif"), new ImageOptions { BitDepth = 16 });

        foreach (var (x, y, c) in from x in Enumerable.Range(0, width)
            from y in Enumerable.Range(0, height)
            from c in Enumerable.Range(0, 3)
            select (x, y, c))
            Assert.That(loaded[c, y, x], Is.EqualTo(values[y, x, channels == 1 ? 0 : c] / (float)((1 << bits) - 1)).Within(1e-6));
    }

    [Test]
    public void FileCutOffAnywhereIsRefusedByName([ValueSource(nameof(Kinds))] string kind)
    {
        using var folder = new TemporaryFolder();
        var whole = Make(kind, TestImages.Noise(24, 24, FreshSeedsAttribute.Current));
        foreach (var length in Enumerable.Range(0, 50).Select(i => i * whole.Length / 50).Append(whole.Length - 1))
        {
            var path = folder.File($"cut{length}.{kind}");
            File.WriteAllBytes(path, whole[..length]);

            Assert.That(
                () => ImageFile.Load(path),
                Throws.TypeOf<DataException>().With.Message.Contains(path),
                $"{length} of {whole.Length} bytes");
        }
    }

    [Test]
    public void PngWithOneByteChangedIsRefused([Values("png", "png16")] string kind)
    {
        using var folder = new TemporaryFolder();
        var whole = Make(kind, TestImages.Noise(24, 24));
        for (var i = 0; i < whole.Length; i += 1 + whole.Length / 50)
        {
            var path = folder.File($"changed{i}.png");
            var changed = (byte[])whole.Clone();
            changed[i] ^= 0x10;
            File.WriteAllBytes(path, changed);

            Assert.That(() => ImageFile.Load(path), Throws.TypeOf<DataException>().With.Message.Contains(path));
        }
    }

    [Test]
    public void ChangedBytesNeverGiveAnythingButAnImageOrARefusal([ValueSource(nameof(Kinds))] string kind)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(FreshSeedsAttribute.Current);
        var whole = Make(kind, TestImages.Noise(16, 20));
        for (var i = 0; i < 200; i++)
        {
            var changed = (byte[])whole.Clone();
            for (var j = random.Next(1, 6); j > 0; j--)
                changed[random.Next(Math.Min(changed.Length, i % 2 == 0 ? 64 : int.MaxValue))] = (byte)random.Next(256);
            File.WriteAllBytes(folder.File("a"), changed);
            try
            {
                ImageFile.Load(folder.File("a"));
            }
            catch (DataException error)
            {
                Assert.That(error.Message, Does.Contain(folder.File("a")).And.Not.Contains("\n"));
            }
        }
    }

    [Test]
    public void RandomBytesAreRefused()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(FreshSeedsAttribute.Current);
        byte[][] starts =
        [
            [],
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A],
            [0xFF, 0xD8, 0xFF, 0xE0], [(byte)'B', (byte)'M'], [(byte)'I', (byte)'I', 42, 0], [.. "RIFF"u8, 100, 0, 0, 0, .. "WEBP"u8],
        ];
        for (var i = 0; i < 60; i++)
        {
            var bytes = new byte[20 * i];
            random.NextBytes(bytes);
            File.WriteAllBytes(folder.File("a.png"), [.. starts[i % starts.Length], .. bytes]);

            Assert.That(() => ImageFile.Load(folder.File("a.png")), Throws.TypeOf<DataException>().With.Message.Contains("a.png"));
        }
    }

    [Test]
    public void MissingFileAndFolderAreRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => ImageFile.Load(folder.File("none.png")), Throws.TypeOf<DataException>().With.Message.Contains("none.png"));
        Assert.That(() => ImageFile.Load(folder.File("none/none.png")), Throws.TypeOf<DataException>());
        Assert.That(() => ImageFile.Load(folder.Path), Throws.TypeOf<DataException>());
    }

    [TestCase(7)]
    [TestCase(17)]
    public void BitDepthOutsideItsRangeIsRefused(int depth) =>
        Assert.That(() => ImageFile.Load("a.png", new ImageOptions { BitDepth = depth }), Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(-0.1f)]
    [TestCase(1.1f)]
    [TestCase(float.NaN)]
    public void BackgroundOutsideItsRangeIsRefused(float grey) =>
        Assert.That(() => ImageFile.Load("a.png", new ImageOptions { Background = grey }), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static byte[] Make(string kind, ImageData image)
    {
        Func<int, int, int, int> eight = (x, y, c) => (int)MathF.Round(255 * image[c, y, x]);
        return kind switch
        {
            "png" => TestFiles.Encode(image),
            "jpg" => TestFiles.Encode(image, SKEncodedImageFormat.Jpeg),
            "webp" => TestFiles.Encode(image, SKEncodedImageFormat.Webp),
            "bmp" => TestFiles.EncodeBmp(image),
            "png16" => TestFiles.EncodePng16(image.Width, image.Height, 2, (x, y, c) => (ushort)(257 * eight(x, y, c))),
            "tif" => Tiff8(image.Width, image.Height, eight),
            _ => InTemporaryFile(
                path => WriteTiff(
                    path, image.Width, image.Height, 3, 16, (x, y, c) => 257 * eight(x, y, c), false, false, Compression.LZW)),
        };
    }

    private static byte[] Turned(string kind, int orientation, int width, int height, Func<int, int, int, float> upright)
    {
        // Where EXIF says that the stored pixel is to be shown; the names are those of its table: where row 0 and column 0 are.
        var (storedWidth, storedHeight) = orientation >= 5 ? (height, width) : (width, height);
        Func<int, int, (int X, int Y)> shown = (column, row) => orientation switch
        {
            1 => (column, row),
            2 => (width - 1 - column, row),
            3 => (width - 1 - column, height - 1 - row),
            4 => (column, height - 1 - row),
            5 => (row, column),
            6 => (width - 1 - row, column),
            7 => (width - 1 - row, height - 1 - column),
            _ => (row, height - 1 - column),
        };
        float Stored(int column, int row, int channel) => upright(shown(column, row).X, shown(column, row).Y, channel);
        var image = new ImageData(
            [
                .. from c in Enumerable.Range(0, 3)
                from y in Enumerable.Range(0, storedHeight)
                from x in Enumerable.Range(0, storedWidth)
                select Stored(x, y, c),
            ],
            3,
            storedHeight,
            storedWidth);
        var exif = TestFiles.Exif(orientation, orientation % 2 == 0);
        var png = TestFiles.Encode(image);
        var jpeg = TestFiles.Encode(image, SKEncodedImageFormat.Jpeg);
        return kind switch
        {
            "png" => [.. png[..33], .. TestFiles.Chunk("eXIf", exif), .. png[33..]],
            "png16" => TestFiles.EncodePng16(
                storedWidth, storedHeight, 2, (x, y, c) => (ushort)(65535 * Stored(x, y, c)), false, ("eXIf", exif)),
            "jpg" => [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(8 + exif.Length), .. "Exif\0\0"u8, .. exif, .. jpeg[2..]],
            "tif" => Tiff8(storedWidth, storedHeight, (x, y, c) => (int)(255 * Stored(x, y, c)), orientation),
            _ => PaletteTiff(
                storedWidth, storedHeight, (x, y) => Enumerable.Range(0, 3).FirstOrDefault(c => Stored(x, y, c) > 0, 3), orientation),
        };
    }

    private static byte[] Tiff8(int width, int height, Func<int, int, int, int> value, int orientation = 1) =>
        InTemporaryFile(path => WriteTiff(path, width, height, 3, 8, value, false, false, Compression.LZW, orientation));

    private static byte[] InTemporaryFile(Action<string> write)
    {
        using var folder = new TemporaryFolder();
        write(folder.File("a"));
        return File.ReadAllBytes(folder.File("a"));
    }

    private static void WriteTiff(
        string path, int width, int height, int channels, int bits, Func<int, int, int, int> value, bool tiled, bool separate,
        Compression compression, int orientation = 1)
    {
        const int tile = 16;
        using var tiff = Tiff.Open(path, "w");
        tiff.SetField(TiffTag.IMAGEWIDTH, width);
        tiff.SetField(TiffTag.IMAGELENGTH, height);
        tiff.SetField(TiffTag.BITSPERSAMPLE, bits);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, channels);
        tiff.SetField(TiffTag.PHOTOMETRIC, channels == 1 ? Photometric.MINISBLACK : Photometric.RGB);
        tiff.SetField(TiffTag.PLANARCONFIG, separate ? PlanarConfig.SEPARATE : PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.COMPRESSION, compression);
        tiff.SetField(TiffTag.ORIENTATION, orientation);
        if (channels == 4)
            tiff.SetField(TiffTag.EXTRASAMPLES, 1, new short[] { (short)ExtraSample.UNASSALPHA });
        if (tiled)
        {
            tiff.SetField(TiffTag.TILEWIDTH, tile);
            tiff.SetField(TiffTag.TILELENGTH, tile);
        }
        else
        {
            tiff.SetField(TiffTag.ROWSPERSTRIP, 5);
        }

        for (short plane = 0; plane < (separate ? channels : 1); plane++)
        {
            int[] of = separate ? [plane] : [.. Enumerable.Range(0, channels)];
            byte[] Block(int x0, int y0, int columns, int rows) =>
            [
                .. from y in Enumerable.Range(y0, rows) from x in Enumerable.Range(x0, columns) from c in of
                   from b in Bytes(x < width && y < height ? value(x, y, c) : 0, bits) select b,
            ];
            if (tiled)
            {
                for (var y = 0; y < height; y += tile)
                {
                    for (var x = 0; x < width; x += tile)
                        tiff.WriteTile(Block(x, y, tile, tile), x, y, 0, plane);
                }
            }
            else
            {
                for (var y = 0; y < height; y++)
                    tiff.WriteScanline(Block(0, y, width, 1), y, plane);
            }
        }

        tiff.WriteDirectory();
    }

    private static byte[] PaletteTiff(int width, int height, Func<int, int, int> index, int orientation) => InTemporaryFile(path =>
    {
        using var tiff = Tiff.Open(path, "w");
        tiff.SetField(TiffTag.IMAGEWIDTH, width);
        tiff.SetField(TiffTag.IMAGELENGTH, height);
        tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, 1);
        tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.PALETTE);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.ORIENTATION, orientation);
        tiff.SetField(TiffTag.ROWSPERSTRIP, height);
        ushort[][] map =
        [
            .. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 256).Select(i => i == c ? ushort.MaxValue : (ushort)0).ToArray()),
        ];
        tiff.SetField(TiffTag.COLORMAP, map[0], map[1], map[2]);
        for (var y = 0; y < height; y++)
            tiff.WriteScanline([.. Enumerable.Range(0, width).Select(x => (byte)index(x, y))], y);
        tiff.WriteDirectory();
    });

    private static byte[] PalettePng()
    {
        using var compressed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(compressed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write([0, 0b0001_0000]);

        // Two pixels of 4 bits: colour 1, then colour 0.
        return
        [
            0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. TestFiles.Chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 1, 4, 3, 0, 0, 0]),
            .. TestFiles.Chunk("PLTE", [0, 102, 255, 255, 51, 0]),
            .. TestFiles.Chunk("IDAT", compressed.ToArray()),
            .. TestFiles.Chunk("IEND", []),
        ];
    }

    private static byte[] Bytes(int value, int bits) => bits == 8 ? [(byte)value] : BitConverter.GetBytes((ushort)value);
}
