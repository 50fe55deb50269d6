using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Data;

/// <summary>An image as plain numbers, channel by channel: shape [C, H, W], values in [0, 1].</summary>
/// <remarks>The pixel array is shared, not copied: treat it as read-only.</remarks>
public sealed class ImageData
{
    /// <summary>Wraps a pixel array.</summary>
    /// <param name="pixels">C·H·W values in [0, 1], the last index running fastest along x.</param>
    /// <param name="channels">Number of channels, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">The length is not C·H·W, or a value is NaN or outside [0, 1].</exception>
    public ImageData(float[] pixels, int channels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (pixels.LongLength != (long)channels * height * width)
            throw new ArgumentException($"{pixels.Length} pixel values cannot fill {channels}×{height}×{width}.", nameof(pixels));
        for (var i = 0; i < pixels.Length; i++)
        {
            // Written so that NaN fails as well.
            if (!(pixels[i] >= 0 && pixels[i] <= 1))
                throw new ArgumentException($"Pixel value {pixels[i]} at index {i} is not in [0, 1].", nameof(pixels));
        }

        (Pixels, Channels, Height, Width) = (pixels, channels, height, width);
    }

    /// <summary>The values in [0, 1], shape [C, H, W].</summary>
    public float[] Pixels { get; }

    /// <summary>Number of channels (3 for RGB).</summary>
    public int Channels { get; }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>Number of columns.</summary>
    public int Width { get; }

    /// <summary>What was assumed about the file that the image comes from, a sentence each; empty where nothing was.</summary>
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    /// <summary>The value at a channel, row and column.</summary>
    public float this[int channel, int y, int x] => Pixels[(channel * Height + y) * Width + x];

    /// <summary>The image scaled as the images of a data set are: each value is the mean over the area that it covers.</summary>
    /// <param name="height">Rows of the scaled image, at least 1.</param>
    /// <param name="width">Columns of the scaled image, at least 1.</param>
    /// <param name="keepAspectRatio">
    /// Whether x and y are scaled alike, with black beside the image where its proportions are others; otherwise it is stretched.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public ImageData Scaled(int height, int width, bool keepAspectRatio = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var placement = ImagePlacement.Over((0, 0, Width, Height), Height, Width, height, width, keepAspectRatio);
        return new ImageData(placement.Resample(Pixels, Channels), Channels, height, width) { Notes = Notes };
    }

    /// <summary>A tensor [C, H, W] of float32, which the caller owns.</summary>
    public Tensor ToTensor() => tensor(Pixels, [Channels, Height, Width]);
}
