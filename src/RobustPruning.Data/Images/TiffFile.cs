using BitMiracle.LibTiff.Classic;

namespace RobustPruning.Data.Images;

/// <summary>Decodes the first page of TIFF files. 16-bit grey and RGB keep their bits; everything else becomes 8 bits.</summary>
internal static class TiffFile
{
    /// <summary>Whether a file begins like a TIFF file, of either byte order, classic or big.</summary>
    public static bool IsTiff(ReadOnlySpan<byte> file) =>
        file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8);

    /// <summary>Decodes the bytes of a file.</summary>
    /// <exception cref="DataException">The file is cut off, damaged, or of a kind that is not supported.</exception>
    public static DecodedImage Decode(byte[] file, string name, float? background)
    {
        using var errors = TiffErrors.Collect();
        try
        {
            using var stream = new MemoryStream(file, writable: false);
            using var tiff = Tiff.ClientOpen(name, "r", stream, new TiffStream()) ?? throw Damaged(name, errors);
            return Decode(tiff, name, background, errors);
        }
        catch (Exception error) when (error is not DataException and not OutOfMemoryException)
        {
            throw new DataException($"{name} is cut off or damaged: {error.Message}", error) { Name = name };
        }
    }

    private static DecodedImage Decode(Tiff tiff, string name, float? background, TiffErrors errors)
    {
        var (width, height) = (Field(tiff, TiffTag.IMAGEWIDTH, 0), Field(tiff, TiffTag.IMAGELENGTH, 0));
        ImageFile.RequireSize(width, height, name);
        var orientation = Field(tiff, TiffTag.ORIENTATION, 1);
        var (bits, channels) = (Field(tiff, TiffTag.BITSPERSAMPLE, 1), Field(tiff, TiffTag.SAMPLESPERPIXEL, 1));
        var photometric = (Photometric)Field(tiff, TiffTag.PHOTOMETRIC, (int)Photometric.MINISBLACK);
        if (Field(tiff, TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT) != (int)SampleFormat.UINT || bits > 16)
            throw new DataException(
                $"{name} holds {bits}-bit values that are not whole numbers of 16 bits or fewer: this kind of TIFF is not supported.")
            {
                Name = name,
            };
        if (bits is 8 or 16
            && channels is >= 1 and <= 4
            && photometric is Photometric.MINISBLACK or Photometric.MINISWHITE or Photometric.RGB)
        {
            var values = ReadValues(tiff, width, height, bits, channels, name, errors);
            var rgba = ToRgba(values, width * height, bits, channels, photometric == Photometric.MINISWHITE);
            return DecodedImage.FromRgba(rgba, height, width, bits, orientation, background);
        }

        if (bits == 16)
            throw new DataException(
                $"{name} is a 16-bit TIFF of {channels} channels and photometric {photometric}: grey and RGB are supported.")
            {
                Name = name,
            };

        // Palettes, YCbCr, CMYK and few bits: the library turns them into 8-bit RGBA. Its flips are told to stay away, as the orientation
        // is ours.
        tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);
        var raster = new int[width * height];
        if (!tiff.ReadRGBAImageOriented(width, height, raster, Orientation.TOPLEFT, true) || errors.First is not null)
            throw Damaged(name, errors);
        var colours = new ushort[4 * raster.Length];
        for (var i = 0; i < raster.Length; i++)
        {
            (colours[4 * i], colours[4 * i + 1], colours[4 * i + 2], colours[4 * i + 3]) =
                ((ushort)Tiff.GetR(raster[i]), (ushort)Tiff.GetG(raster[i]), (ushort)Tiff.GetB(raster[i]), (ushort)Tiff.GetA(raster[i]));
        }

        return DecodedImage.FromRgba(colours, height, width, 8, orientation, background);
    }

    private static ushort[] ReadValues(Tiff tiff, int width, int height, int bits, int channels, string name, TiffErrors errors)
    {
        var values = new ushort[width * height * channels];
        var separate = Field(tiff, TiffTag.PLANARCONFIG, (int)PlanarConfig.CONTIG) == (int)PlanarConfig.SEPARATE && channels > 1;
        var tiled = tiff.IsTiled();
        var (blockWidth, blockHeight) = tiled ? (Field(tiff, TiffTag.TILEWIDTH, 0), Field(tiff, TiffTag.TILELENGTH, 0)) : (width, 1);
        if (blockWidth <= 0 || blockHeight <= 0)
            throw Damaged(name, errors);
        var buffer = new byte[tiled ? tiff.TileSize() : tiff.ScanlineSize()];
        for (short plane = 0; plane < (separate ? channels : 1); plane++)
        {
            for (var y = 0; y < height; y += blockHeight)
            {
                for (var x = 0; x < width; x += blockWidth)
                {
                    if (!(tiled ? tiff.ReadTile(buffer, 0, x, y, 0, plane) >= 0 : tiff.ReadScanline(buffer, y, plane))
                        || errors.First is not null)
                        throw Damaged(name, errors);
                    Copy(buffer, blockWidth, bits, separate ? 1 : channels, values, width, height, channels, x, y, blockHeight, plane);
                }
            }
        }

        return values;
    }

    private static void Copy(
        byte[] block, int blockWidth, int bits, int blockChannels, ushort[] values, int width, int height, int channels, int x0, int y0,
        int rows, int plane)
    {
        for (var row = 0; row < rows && y0 + row < height; row++)
        {
            for (var column = 0; column < blockWidth && x0 + column < width; column++)
            {
                for (var channel = 0; channel < blockChannels; channel++)
                {
                    // The library hands out values in this machine's byte order.
                    var from = (row * blockWidth + column) * blockChannels + channel;
                    values[((y0 + row) * width + x0 + column) * channels + plane + channel] =
                        bits == 8 ? block[from] : BitConverter.ToUInt16(block, 2 * from);
                }
            }
        }
    }

    private static ushort[] ToRgba(ushort[] values, int pixels, int bits, int channels, bool whiteIsZero)
    {
        var full = (ushort)((1 << bits) - 1);
        var rgba = new ushort[4 * pixels];
        for (var i = 0; i < pixels; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                var value = values[i * channels + (channels < 3 ? 0 : channel)];
                rgba[4 * i + channel] = whiteIsZero ? (ushort)(full - value) : value;
            }

            rgba[4 * i + 3] = channels is 2 or 4 ? values[(i + 1) * channels - 1] : full;
        }

        return rgba;
    }

    private static int Field(Tiff tiff, TiffTag tag, int otherwise) =>
        tiff.GetFieldDefaulted(tag) is [var value, ..] ? value.ToInt() : otherwise;

    private static DataException Damaged(string name, TiffErrors errors) =>
        new($"{name} is cut off or damaged: {errors.First ?? "its TIFF data cannot be decoded"}.");

    /// <summary>Catches what the library would print, for the thread that decodes.</summary>
    private sealed class TiffErrors : IDisposable
    {
        [ThreadStatic]
        private static TiffErrors? _current;

        static TiffErrors() => Tiff.SetErrorHandler(new Handler());

        /// <summary>The first error, or null.</summary>
        public string? First { get; private set; }

        public static TiffErrors Collect() => _current = new TiffErrors();

        public void Dispose() => _current = null;

        private sealed class Handler : TiffErrorHandler
        {
            public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
            {
                if (_current is { } errors)
                    errors.First ??= string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args).TrimEnd('.');
                else
                    base.ErrorHandler(tif, method, format, args);
            }

            public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
            {
                if (_current is null)
                    base.WarningHandler(tif, method, format, args);
            }
        }
    }
}
