namespace RobustPruning.Data;

/// <summary>How image files become numbers.</summary>
public sealed record ImageOptions
{
    /// <summary>
    /// How many bits of a 16-bit image carry the picture, 8 to 16: white is 2^bits − 1. Null, the default, takes the smallest of 8, 10, 12,
    /// 14 and 16 that holds the greatest value, of all images of a data set together, and says so in the notes.
    /// </summary>
    public int? BitDepth { get; init; }

    /// <summary>
    /// The grey in [0, 1] that transparent pixels are laid on. Null, the default, drops the transparency, keeps the colours that the file
    /// stores, and says so in the notes.
    /// </summary>
    public float? Background { get; init; }

    internal void Validate()
    {
        if (BitDepth is < 8 or > 16)
            throw new ArgumentOutOfRangeException(nameof(BitDepth), BitDepth, "The bit depth is between 8 and 16.");
        if (Background is { } grey && !(grey >= 0 && grey <= 1))
            throw new ArgumentOutOfRangeException(nameof(Background), Background, "The background is between 0 and 1.");
    }
}
