using System.Buffers.Binary;
using RobustPruning.Data.Images;
using SkiaSharp;

namespace RobustPruning.Data;

/// <summary>Reads image files as RGB: PNG, JPEG, BMP, WebP and TIFF with 8 or 16 bits a channel.</summary>
/// <remarks>
/// The content decides the format, not the extension. Grey turns into three equal channels, a palette into its colours, and an EXIF
/// orientation is carried out. Colour profiles are left alone: the numbers in the file are the numbers that a network sees.
/// </remarks>
public static class ImageFile
{
    // More pixels than any camera's image, few enough to decode in memory.
    private const long MostPixels = 64_000_000;

    /// <summary>Reads a file as RGB, shape [3, H, W].</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <returns>The image; its <see cref="ImageData.Notes"/> say what was assumed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <exception cref="DataException">The file is missing, no image, cut off or damaged.</exception>
    public static ImageData Load(string path, ImageOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new ImageOptions();
        options.Validate();
        var image = Decode(ReadBytes(path), path, options.Background);
        var depth = options.BitDepth ?? DecodedImage.DepthOf(image.Greatest);
        image.Facts.RequireDepth(depth, path);
        var scale = image.Facts.Scale(depth);
        var pixels = scale == 1 ? image.Pixels : Array.ConvertAll(image.Pixels, value => Math.Min(1, value * scale));
        return new ImageData(pixels, 3, image.Height, image.Width) { Notes = [.. Notes(image, path, depth, options)] };
    }

    /// <summary>The bytes of an image file.</summary>
    internal static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"There is no image {path}.", error) { Name = path };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"Cannot read {path}: {error.Message}", error) { Name = path };
        }
    }

    /// <summary>Decodes the bytes of a file.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="background">The grey behind transparent pixels, or null for the stored colours.</param>
    internal static DecodedImage Decode(byte[] file, string name, float? background)
    {
        ReadOnlySpan<byte> start = file;
        if (start.StartsWith(PngChunks.Signature))
        {
            var png = PngChunks.Read(file, name);
            RequireSize(png.Width, png.Height, name);
            return png.BitDepth == 16
                ? DecodedImage.FromRgba(Png16.Decode(png, name), png.Height, png.Width, 16, png.Orientation, background)
                : DecodeWithSkia(file, name, png.Orientation, background);
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            JpegStructure.Check(file, name);
            return DecodeWithSkia(file, name, null, background);
        }

        if (start.StartsWith("RIFF"u8) && file.Length > 12 && start.Slice(8, 4).SequenceEqual("WEBP"u8))
        {
            // The length counts what follows it; decoders do without the last bytes, and say nothing.
            return BinaryPrimitives.ReadUInt32LittleEndian(start[4..]) <= file.Length - 8
                ? DecodeWithSkia(file, name, null, background)
                : throw new DataException($"{name} is cut off: the WebP file is shorter than it says.") { Name = name };
        }

        if (start.StartsWith("BM"u8))
            return DecodeWithSkia(file, name, null, background);
        if (TiffFile.IsTiff(file))
            return TiffFile.Decode(file, name, background);
        throw new DataException(file.Length == 0 ? $"{name} is empty." : $"{name} is not a PNG, JPEG, BMP, TIFF or WebP image.");
    }

    /// <summary>
    /// Measures a file: by its structure and header, which is fast, where all of its pixels are opaque and of 8 bits; by decoding it
    /// otherwise.
    /// </summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="background">The grey behind transparent pixels, or null for the stored colours.</param>
    internal static ImageFacts Measure(byte[] file, string name, float? background)
    {
        ReadOnlySpan<byte> start = file;
        int? orientation = null;
        if (start.StartsWith(PngChunks.Signature))
        {
            var png = PngChunks.Read(file, name);
            if (png.BitDepth == 16)
                return Decode(file, name, background).Facts;
            orientation = png.Orientation;
        }
        else if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            JpegStructure.Check(file, name);
        }
        else
        {
            return Decode(file, name, background).Facts;
        }

        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.FrameCount > 1 || codec.Info.AlphaType != SKAlphaType.Opaque)
            return Decode(file, name, background).Facts;
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        RequireSize(width, height, name);
        return (orientation ?? (int)codec.EncodedOrigin) is >= 5 and <= 8
            ? new ImageFacts(width, height, 8, 0, 0) : new ImageFacts(height, width, 8, 0, 0);
    }

    /// <summary>Throws for images that cannot be held in memory.</summary>
    internal static void RequireSize(long width, long height, string name)
    {
        if (width <= 0 || height <= 0 || width > MostPixels || height > MostPixels || width * height > MostPixels)
            throw new DataException($"{name}: an image of {width}×{height} pixels cannot be used; it has 1 to {MostPixels} pixels.")
                { Name = name };
    }

    private static DecodedImage DecodeWithSkia(byte[] file, string name, int? orientation, float? background)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data)
            ?? throw new DataException($"{name} is damaged, or of a kind that is not supported: its header cannot be read.")
                { Name = name };
        RequireSize(codec.Info.Width, codec.Info.Height, name);
        if (codec.FrameCount > 1)
            throw new DataException($"{name} is an animation of {codec.FrameCount} frames, not one image.") { Name = name };

        // No colour space: the numbers in the file are the numbers the network sees.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        using var bitmap = new SKBitmap(info);
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
            throw new DataException($"{name} is cut off or damaged: its image data cannot be decoded ({result}).") { Name = name };
        var bytes = bitmap.GetPixelSpan();
        var rgba = new ushort[bytes.Length];
        for (var i = 0; i < rgba.Length; i++)
            rgba[i] = bytes[i];
        return DecodedImage.FromRgba(rgba, info.Height, info.Width, 8, orientation ?? (int)codec.EncodedOrigin, background);
    }

    private static IEnumerable<string> Notes(DecodedImage image, string name, int depth, ImageOptions options)
    {
        if (image.Bits == 16 && depth < 16 && options.BitDepth is null)
            yield return $"{name} has 16 bits a channel and no value above {image.Greatest}: it is read as {depth} bits (BitDepth).";
        if (image.Transparent > 0 && options.Background is null)
            yield return $"{name} has {image.Transparent} transparent pixels: the colours that it stores for them are used (Background).";
    }
}
