using RobustPruning.Models;
using SkiaSharp;

namespace KeypointRobustness.Data;

/// <summary>Reads and writes PNG files as RGB images in [0,1].</summary>
internal static class PngFile
{
    /// <summary>Reads a file as RGB, shape [3,H,W]. Grey turns into three equal channels, 16 bits into 8, transparency into black.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file is missing, not a PNG file, cut off or damaged.</exception>
    public static ImageData Load(string path)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"There is no image {path}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"Cannot read {path}: {e.Message}", e);
        }

        PngStructure.Check(file, path);
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data) ?? throw new DataException($"{path} is damaged: its PNG header cannot be read.");

        // No colour space: the numbers in the file are the numbers the network sees.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul, null);
        using var bitmap = new SKBitmap(info);
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new DataException($"{path} is damaged: its image data cannot be decoded ({result}).");
        }

        return FromRgba(bitmap.GetPixelSpan(), bitmap.RowBytes, info.Height, info.Width);
    }

    /// <summary>Writes an image; values are rounded to 8 bits. The file appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="image">An image with 1 channel (grey) or 3 (RGB).</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Save(string path, ImageData image)
    {
        using var bitmap = ToBitmap(image);
        try
        {
            AtomicFile.Write(path, Encode(bitmap));
        }
        catch (IOException e)
        {
            throw new DataException(e.Message, e);
        }
    }

    /// <summary>Encodes an image as a PNG file in memory; values are rounded to 8 bits.</summary>
    /// <param name="image">An image with 1 channel (grey) or 3 (RGB).</param>
    public static byte[] Encode(ImageData image)
    {
        using var bitmap = ToBitmap(image);
        return Encode(bitmap);
    }

    /// <summary>Encodes a bitmap as a PNG file in memory.</summary>
    /// <param name="bitmap">The bitmap.</param>
    public static byte[] Encode(SKBitmap bitmap)
    {
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100)
            ?? throw new InvalidOperationException("SkiaSharp could not encode the image as PNG.");
        return encoded.ToArray();
    }

    /// <summary>Copies an image into an 8-bit bitmap, which the caller disposes.</summary>
    /// <param name="image">An image with 1 channel (grey) or 3 (RGB).</param>
    /// <exception cref="ArgumentException">The image has another number of channels.</exception>
    public static SKBitmap ToBitmap(ImageData image)
    {
        if (image.Channels is not (1 or 3))
        {
            throw new ArgumentException($"An image of {image.Channels} channels cannot be shown; 1 and 3 can.", nameof(image));
        }

        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque, null));
        var target = bitmap.GetPixelSpan();
        var plane = image.Height * image.Width;
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var at = y * bitmap.RowBytes + 4 * x;
                for (var c = 0; c < 3; c++)
                {
                    var channel = image.Channels == 3 ? c : 0;
                    target[at + c] = (byte)MathF.Round(255 * image.Pixels[channel * plane + y * image.Width + x]);
                }

                target[at + 3] = 255;
            }
        }

        return bitmap;
    }

    private static ImageData FromRgba(ReadOnlySpan<byte> rgba, int rowBytes, int height, int width)
    {
        var pixels = new float[3 * height * width];
        var plane = height * width;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    pixels[c * plane + y * width + x] = rgba[y * rowBytes + 4 * x + c] / 255f;
                }
            }
        }

        return new ImageData(pixels, 3, height, width);
    }
}
