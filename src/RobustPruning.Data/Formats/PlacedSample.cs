using RobustPruning.Data.Images;

namespace RobustPruning.Data.Formats;

/// <summary>A sample before its pixels are there.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Source">Where its image comes from.</param>
/// <param name="Image">What is known of the image.</param>
/// <param name="Keypoints">x₀, y₀, x₁, y₁, ... in pixels of the scaled image.</param>
/// <param name="Visible">One flag a keypoint: is it labelled?</param>
/// <param name="Placement">How the image is cut out and scaled.</param>
internal sealed record PlacedSample(
    string Name, ImageSource Source, ImageFacts Image, float[] Keypoints, bool[] Visible, ImagePlacement Placement)
{
    /// <summary>The scaled pixels of its image.</summary>
    public float[] Resample(DecodedImage image) => Placement.Resample(image.Pixels, 3);

    /// <summary>Reads the image again.</summary>
    /// <param name="background">The grey behind transparent pixels, or null for the stored colours.</param>
    /// <param name="depth">The bit depth of all 16-bit images.</param>
    /// <exception cref="DataException">The image is damaged, or has changed since the data set was opened.</exception>
    public KeypointSample Load(float? background, int depth)
    {
        var image = Source.Decode(background);
        if ((image.Height, image.Width, image.Bits) != (Image.Height, Image.Width, Image.Bits))
            throw new DataException(Source.Place, $"image {Source.Path} has changed since the data set was opened.");
        image.Facts.RequireDepth(depth, Source.Key);
        return Finish(Resample(image), depth);
    }

    /// <summary>The sample.</summary>
    /// <param name="scaled">The scaled pixels, in [0, 1] of the whole range of the file's bits.</param>
    /// <param name="depth">The bit depth of all 16-bit images.</param>
    public KeypointSample Finish(float[] scaled, int depth)
    {
        var scale = Image.Scale(depth);
        var pixels = scale == 1 ? scaled : Array.ConvertAll(scaled, value => Math.Min(1, value * scale));
        return new KeypointSample(
            Name,
            new ImageData(pixels, 3, Placement.ScaledHeight, Placement.ScaledWidth),
            Keypoints,
            Visible,
            Placement);
    }
}
