namespace KeypointRobustness.Data;

/// <summary>Changes the size of images, and moves keypoints along.</summary>
internal static class Resampling
{
    /// <summary>Area average: every new pixel is the mean of the old area it covers, parts of pixels included.</summary>
    /// <param name="image">The image.</param>
    /// <param name="height">New rows, at least 1.</param>
    /// <param name="width">New columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static ImageData Resize(ImageData image, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var narrow = new float[image.Channels * image.Height * width];
        var lines = image.Channels * image.Height;
        for (var line = 0; line < lines; line++)
        {
            Average(image.Pixels, line * image.Width, 1, image.Width, narrow, line * width, 1, width);
        }

        var small = new float[image.Channels * height * width];
        for (var c = 0; c < image.Channels; c++)
        {
            for (var x = 0; x < width; x++)
            {
                Average(narrow, c * image.Height * width + x, width, image.Height, small, c * height * width + x, width, height);
            }
        }

        return new ImageData(small, image.Channels, height, width);
    }

    /// <summary>Where a coordinate lies after a resize: x' = (x + ½)·new/old − ½, pixel centres being whole numbers.</summary>
    /// <param name="coordinate">x or y in old pixels.</param>
    /// <param name="oldSize">Old width or height in pixels.</param>
    /// <param name="newSize">New width or height in pixels.</param>
    public static float MapCoordinate(float coordinate, int oldSize, int newSize) =>
        (float)((coordinate + 0.5) * newSize / oldSize - 0.5);

    private static void Average(
        float[] source, int from, int step, int oldSize, float[] target, int to, int targetStep, int newSize)
    {
        var ratio = (double)oldSize / newSize;
        for (var i = 0; i < newSize; i++)
        {
            var (start, end) = (i * ratio, (i + 1) * ratio);
            var sum = 0.0;
            for (var j = (int)start; j < oldSize && j < end; j++)
            {
                var covered = Math.Min(j + 1, end) - Math.Max(j, start);
                sum += covered * source[from + j * step];
            }

            // Rounding must not push a white pixel above 1.
            target[to + i * targetStep] = (float)Math.Clamp(sum / ratio, 0, 1);
        }
    }
}
