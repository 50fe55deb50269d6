using RobustPruning.Data;
using SkiaSharp;

namespace KeypointRobustness.Pictures;

/// <summary>An image as reports show it: as fine as the original, without the black beside it that fills the network's input.</summary>
/// <param name="Pixels">The pixels.</param>
/// <param name="FactorX">How many of them one pixel of the network's input spans along x.</param>
/// <param name="FactorY">How many along y.</param>
/// <param name="Left">How many of them the network's input has to the left of this image.</param>
/// <param name="Top">How many above it.</param>
internal sealed record ShownImage(ImageData Pixels, double FactorX, double FactorY, int Left, int Top)
{
    /// <summary>More pixels along a side than this make large files and show nothing more.</summary>
    public const int MostPixels = 1280;

    private const int SmallImage = 128;
    private const int Quality = 85;

    /// <summary>The network's input itself.</summary>
    public static ShownImage Of(ImageData image) => new(image, 1, 1, 0, 0);

    /// <summary>How large the whole window of an image is to be loaded.</summary>
    public static (int Height, int Width) SizeOf(ImagePlacement placement)
    {
        var factor = Math.Min(1, MostPixels / Math.Max(placement.Width, placement.Height));
        return (Math.Max(1, (int)Math.Round(placement.Height * factor)), Math.Max(1, (int)Math.Round(placement.Width * factor)));
    }

    /// <summary>The part of a window that lies in the original.</summary>
    /// <param name="window">The window, as fine as it is to be shown.</param>
    /// <param name="placement">How the network's input was cut out and scaled.</param>
    public static ShownImage Cut(ImageData window, ImagePlacement placement)
    {
        double x = window.Width / placement.Width, y = window.Height / placement.Height;
        int left = Inside(-placement.Left * x, window.Width), top = Inside(-placement.Top * y, window.Height);
        int right = Inside((placement.OriginalWidth - placement.Left) * x, window.Width),
            bottom = Inside((placement.OriginalHeight - placement.Top) * y, window.Height);
        var (factorX, factorY) = ((double)window.Width / placement.ScaledWidth, (double)window.Height / placement.ScaledHeight);
        if (right <= left || bottom <= top)
            return new ShownImage(window, factorX, factorY, 0, 0);
        var pixels = new float[window.Channels * (bottom - top) * (right - left)];
        for (var line = 0; line < window.Channels * (bottom - top); line++)
        {
            var (channel, row) = Math.DivRem(line, bottom - top);
            window
                .Pixels.AsSpan((((channel * window.Height) + row + top) * window.Width) + left, right - left)
                .CopyTo(pixels.AsSpan(line * (right - left)));
        }

        return new ShownImage(new ImageData(pixels, window.Channels, bottom - top, right - left), factorX, factorY, left, top);
    }

    /// <summary>The image inside an address: a JPEG, or a PNG where that is small anyway.</summary>
    public string ToDataUri()
    {
        if (Math.Max(Pixels.Width, Pixels.Height) <= SmallImage)
            return $"data:image/png;base64,{Convert.ToBase64String(PngPicture.Encode(Pixels))}";
        using var bitmap = PngPicture.ToBitmap(Pixels);
        using var encoded =
            bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality)
            ?? throw new InvalidOperationException("SkiaSharp could not encode the image as JPEG.");
        return $"data:image/jpeg;base64,{Convert.ToBase64String(encoded.ToArray())}";
    }

    private static int Inside(double place, int size) => (int)Math.Clamp(Math.Round(place), 0, size);
}
