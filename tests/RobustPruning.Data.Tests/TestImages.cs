namespace RobustPruning.Data.Tests;

/// <summary>Images with known content.</summary>
internal static class TestImages
{
    /// <summary>An RGB image of random 8-bit values.</summary>
    public static ImageData Noise(int height, int width, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new float[3 * height * width];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = random.Next(256) / 255f;
        }

        return new ImageData(pixels, 3, height, width);
    }
}
