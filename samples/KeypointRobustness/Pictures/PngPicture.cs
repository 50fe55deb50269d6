using RobustPruning.Data;
using RobustPruning.Models;
using SkiaSharp;

namespace KeypointRobustness.Pictures;

/// <summary>Writes images as PNG files of 8 bits.</summary>
internal static class PngPicture
{
    /// <summary>Writes an image; values are rounded to 8 bits. The file appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="image">An image with 1 channel (grey) or 3 (RGB).</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, ImageData image) => AtomicFile.Write(path, Encode(image));

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
}
