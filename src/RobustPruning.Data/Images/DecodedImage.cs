namespace RobustPruning.Data.Images;

/// <summary>A decoded file before its bit depth is known: RGB in [0, 1] of the whole range of its 8 or 16 bits.</summary>
/// <param name="Pixels">Shape [3, H, W].</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Bits">8 or 16.</param>
/// <param name="Greatest">The greatest value of a pixel, in [0, 2^Bits − 1].</param>
/// <param name="Transparent">How many pixels are not opaque.</param>
internal sealed record DecodedImage(float[] Pixels, int Height, int Width, int Bits, int Greatest, int Transparent)
{
    private const int Opaque = 3;

    /// <summary>What is known of it without its pixels.</summary>
    public ImageFacts Facts => new(Height, Width, Bits, Greatest, Transparent);

    /// <summary>Turns interleaved RGBA values into planes, the right way up.</summary>
    /// <param name="rgba">4·H·W values of <paramref name="bits"/> bits, colours not multiplied by alpha.</param>
    /// <param name="height">Rows as stored.</param>
    /// <param name="width">Columns as stored.</param>
    /// <param name="bits">8 or 16.</param>
    /// <param name="orientation">The EXIF orientation, 1 to 8; anything else counts as 1.</param>
    /// <param name="background">The grey behind transparent pixels, or null for the stored colours.</param>
    public static DecodedImage FromRgba(ReadOnlySpan<ushort> rgba, int height, int width, int bits, int orientation, float? background)
    {
        var (targetHeight, targetWidth) = orientation is >= 5 and <= 8 ? (width, height) : (height, width);
        var plane = height * width;
        var pixels = new float[3 * plane];
        float full = (1 << bits) - 1;
        var (greatest, transparent) = (0, 0);
        for (var y = 0; y < targetHeight; y++)
        {
            for (var x = 0; x < targetWidth; x++)
            {
                var (fromX, fromY) = Source(orientation, x, y, width, height);
                var pixel = rgba.Slice(4 * (fromY * width + fromX), 4);
                var alpha = pixel[Opaque] / full;
                transparent += alpha < 1 ? 1 : 0;
                for (var channel = 0; channel < 3; channel++)
                {
                    greatest = Math.Max(greatest, pixel[channel]);
                    var colour = pixel[channel] / full;
                    pixels[channel * plane + y * targetWidth + x] =
                        background is { } grey && alpha < 1 ? Math.Clamp(alpha * colour + (1 - alpha) * grey, 0, 1) : colour;
                }
            }
        }

        return new DecodedImage(pixels, targetHeight, targetWidth, bits, greatest, transparent);
    }

    /// <summary>The smallest usual bit depth that holds a greatest value; 16 for a black image.</summary>
    public static int DepthOf(int greatest) => greatest == 0 ? 16 : ((int[])[8, 10, 12, 14, 16]).First(depth => greatest < 1 << depth);

    // Where the pixel (x, y) of the upright picture is stored.
    private static (int X, int Y) Source(int orientation, int x, int y, int width, int height) => orientation switch
    {
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        5 => (y, x),
        6 => (y, height - 1 - x),
        7 => (width - 1 - y, height - 1 - x),
        8 => (width - 1 - y, x),
        _ => (x, y),
    };
}

/// <summary>What has to be known of all images before the first can be made a sample of.</summary>
/// <param name="Height">Rows, the right way up.</param>
/// <param name="Width">Columns.</param>
/// <param name="Bits">8 or 16.</param>
/// <param name="Greatest">The greatest value of a pixel; 0 where it is not known, which can be only at 8 bits.</param>
/// <param name="Transparent">How many pixels are not opaque.</param>
internal sealed record ImageFacts(int Height, int Width, int Bits, int Greatest, int Transparent)
{
    /// <summary>What values of the whole range are multiplied with when only <paramref name="depth"/> bits carry the picture.</summary>
    public float Scale(int depth) => Bits == 8 ? 1 : (float)ushort.MaxValue / ((1 << depth) - 1);

    /// <summary>Throws if a stated bit depth does not hold the image.</summary>
    public void RequireDepth(int depth, string name)
    {
        if (Bits == 16 && Greatest >= 1 << depth)
            throw new DataException($"{name} holds the value {Greatest}, which is more than {depth} bits (BitDepth) hold.") { Name = name };
    }
}
