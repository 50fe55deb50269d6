namespace RobustPruning.Data;

/// <summary>
/// How an image was cut out and scaled: a window of the original, in its pixels, becomes the whole scaled image. Pixel centres are at whole
/// numbers, so that the original spans −½ to W − ½ and the window <see cref="Left"/> − ½ to <see cref="Left"/> + <see cref="Width"/> − ½.
/// What of the window lies outside the original is black.
/// </summary>
/// <param name="OriginalHeight">Rows of the original.</param>
/// <param name="OriginalWidth">Columns of the original.</param>
/// <param name="Left">How far the window's left edge is from the original's; negative where there is black beside the picture.</param>
/// <param name="Top">How far the window's top edge is from the original's.</param>
/// <param name="Width">Width of the window in original pixels, above 0.</param>
/// <param name="Height">Height of the window in original pixels, above 0.</param>
/// <param name="ScaledHeight">Rows of the scaled image.</param>
/// <param name="ScaledWidth">Columns of the scaled image.</param>
public sealed record ImagePlacement(
    int OriginalHeight, int OriginalWidth, double Left, double Top, double Width, double Height, int ScaledHeight, int ScaledWidth)
{
    /// <summary>Original pixels that one pixel of the scaled image spans along x.</summary>
    public double OriginalPixelsX => Width / ScaledWidth;

    /// <summary>Original pixels that one pixel of the scaled image spans along y.</summary>
    public double OriginalPixelsY => Height / ScaledHeight;

    /// <summary>An image that stays as it is.</summary>
    public static ImagePlacement Unchanged(int height, int width) => new(height, width, 0, 0, width, height, height, width);

    /// <summary>Where a point of the original lies in the scaled image.</summary>
    public (double X, double Y) ToScaled(double x, double y) =>
        ((x + 0.5 - Left) / OriginalPixelsX - 0.5, (y + 0.5 - Top) / OriginalPixelsY - 0.5);

    /// <summary>Where a point of the scaled image lies in the original.</summary>
    public (double X, double Y) ToOriginal(double x, double y) =>
        ((x + 0.5) * OriginalPixelsX + Left - 0.5, (y + 0.5) * OriginalPixelsY + Top - 0.5);

    /// <summary>
    /// The window over a box of the original, grown about its middle to the proportions of the scaled image where these are to be kept.
    /// </summary>
    internal static ImagePlacement Over(
        (double Left, double Top, double Width, double Height) box, int originalHeight, int originalWidth, int scaledHeight,
        int scaledWidth, bool keepAspectRatio)
    {
        var (width, height) = keepAspectRatio
            ? (Math.Max(box.Width, box.Height * scaledWidth / scaledHeight), Math.Max(box.Height, box.Width * scaledHeight / scaledWidth))
            : (box.Width, box.Height);
        return new ImagePlacement(
            originalHeight, originalWidth, box.Left - (width - box.Width) / 2, box.Top - (height - box.Height) / 2, width, height,
            scaledHeight, scaledWidth);
    }

    /// <summary>Area average: every scaled pixel is the mean of the window's area that it covers, parts of pixels included.</summary>
    /// <param name="pixels">The original, shape [C, H, W].</param>
    /// <param name="channels">Its channels.</param>
    /// <returns>Shape [C, <see cref="ScaledHeight"/>, <see cref="ScaledWidth"/>].</returns>
    internal float[] Resample(float[] pixels, int channels)
    {
        var narrow = new float[channels * OriginalHeight * ScaledWidth];
        for (var line = 0; line < channels * OriginalHeight; line++)
            Average(pixels, line * OriginalWidth, 1, OriginalWidth, Left, OriginalPixelsX, narrow, line * ScaledWidth, 1, ScaledWidth);
        var small = new float[channels * ScaledHeight * ScaledWidth];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var x = 0; x < ScaledWidth; x++)
            {
                Average(
                    narrow, channel * OriginalHeight * ScaledWidth + x, ScaledWidth, OriginalHeight, Top, OriginalPixelsY,
                    small, channel * ScaledHeight * ScaledWidth + x, ScaledWidth, ScaledHeight);
            }
        }

        return small;
    }

    private static void Average(
        float[] source, int from, int step, int size, double origin, double ratio, float[] target, int to, int targetStep, int targetSize)
    {
        for (var i = 0; i < targetSize; i++)
        {
            var (start, end) = (origin + i * ratio, origin + (i + 1) * ratio);
            var sum = 0.0;
            for (var j = Math.Max(0, (int)Math.Floor(start)); j < size && j < end; j++)
                sum += (Math.Min(j + 1, end) - Math.Max(j, start)) * source[from + j * step];

            // Rounding must not push a white pixel above 1.
            target[to + i * targetStep] = (float)Math.Clamp(sum / ratio, 0, 1);
        }
    }
}
