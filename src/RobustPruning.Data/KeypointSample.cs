namespace RobustPruning.Data;

/// <summary>One image with its labelled keypoints. The arrays are shared, not copied: treat them as read-only.</summary>
public sealed class KeypointSample
{
    /// <summary>Joins an image and its labels.</summary>
    /// <param name="name">What messages call the sample: a file name, or the number of a scene.</param>
    /// <param name="image">The image.</param>
    /// <param name="keypoints">x₀, y₀, x₁, y₁, ... in pixels of <paramref name="image"/>; pixel centres are at whole numbers.</param>
    /// <param name="visible">One flag a keypoint: is it labelled?</param>
    /// <param name="placement">How the image was made from its original; null if it is the original.</param>
    /// <exception cref="ArgumentException">The lengths do not match, or a coordinate is not finite.</exception>
    public KeypointSample(string name, ImageData image, float[] keypoints, bool[] visible, ImagePlacement? placement = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(keypoints);
        ArgumentNullException.ThrowIfNull(visible);
        if (keypoints.Length != 2 * visible.Length)
            throw new ArgumentException($"{name}: {keypoints.Length} coordinates for {visible.Length} keypoints.", nameof(keypoints));
        if (!keypoints.All(float.IsFinite))
            throw new ArgumentException($"{name}: a coordinate is not finite. Use 0 for a keypoint without a label.", nameof(keypoints));
        (Name, Image, Keypoints, Visible) = (name, image, keypoints, visible);
        Placement = placement ?? ImagePlacement.Unchanged(image.Height, image.Width);
    }

    /// <summary>What messages call the sample.</summary>
    public string Name { get; }

    /// <summary>The image.</summary>
    public ImageData Image { get; }

    /// <summary>x₀, y₀, x₁, y₁, ... in pixels of <see cref="Image"/>, length 2K; 0, 0 where there is no label.</summary>
    public float[] Keypoints { get; }

    /// <summary>True where a keypoint is labelled, length K.</summary>
    public bool[] Visible { get; }

    /// <summary>How the image was made from its original: sizes, window and scale.</summary>
    public ImagePlacement Placement { get; }
}
