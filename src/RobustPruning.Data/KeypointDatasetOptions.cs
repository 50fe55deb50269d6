namespace RobustPruning.Data;

/// <summary>The layout of a data set's files.</summary>
public enum KeypointFormat
{
    /// <summary>Found from the files.</summary>
    Auto,

    /// <summary>DeepLabCut: a project, a video's folder, or a <c>CollectedData</c> file.</summary>
    DeepLabCut,

    /// <summary>Lightning Pose: a folder with one <c>CollectedData.csv</c> for all videos.</summary>
    LightningPose,

    /// <summary>COCO keypoints: a JSON file.</summary>
    Coco,

    /// <summary>SLEAP: an <c>.slp</c> file.</summary>
    Sleap,

    /// <summary>A CSV file with the header <c>image,NAME_x,NAME_y,...</c>.</summary>
    Csv,
}

/// <summary>What part of an image becomes a sample.</summary>
public enum KeypointCrop
{
    /// <summary>The whole image, which must show one object.</summary>
    None,

    /// <summary>The box around each object: the file's own, grown to hold all of its labels, or the box of its labels.</summary>
    Box,
}

/// <summary>How a data set is read.</summary>
public sealed record KeypointDatasetOptions
{
    /// <summary>Rows of the scaled images, at least 1; 64 by default.</summary>
    public int Height { get; init; } = 64;

    /// <summary>Columns of the scaled images, at least 1; 64 by default.</summary>
    public int Width { get; init; } = 64;

    /// <summary>The files' layout; found from the files by default.</summary>
    public KeypointFormat Format { get; init; }

    /// <summary>
    /// Whether x and y are scaled alike, as by default. The image is then put in the middle, with black beside it where its proportions are
    /// others; a crop grows instead, and is black only beyond the image. Otherwise the image is stretched.
    /// </summary>
    public bool KeepAspectRatio { get; init; } = true;

    /// <summary>What part of an image becomes a sample; the whole image by default.</summary>
    public KeypointCrop Crop { get; init; }

    /// <summary>How much a crop grows on each side, as a share of the box's longer side; 0.25 by default, at least 0.</summary>
    public double CropMargin { get; init; } = 0.25;

    /// <summary>
    /// Which object is read: DeepLabCut's individual, SLEAP's track or COCO's category, by name. Null, the default, takes the only one.
    /// </summary>
    public string? Individual { get; init; }

    /// <summary>Whether a label at exactly (0, 0) means that there is none. It does not by default.</summary>
    public bool MissingAtOrigin { get; init; }

    /// <summary>
    /// Whether a label with a negative coordinate means that there is none. By default it is refused, but for 1 pixel at the edge.
    /// </summary>
    public bool MissingIfNegative { get; init; }

    /// <summary>The folder that the images lie in, where it is not the label file's own or one near it.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>How image files become numbers.</summary>
    public ImageOptions Images { get; init; } = new();

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
        if (!Enum.IsDefined(Format))
            throw new ArgumentOutOfRangeException(nameof(Format), Format, "There is no such format.");
        if (!Enum.IsDefined(Crop))
            throw new ArgumentOutOfRangeException(nameof(Crop), Crop, "There is no such crop.");
        if (!(CropMargin >= 0 && CropMargin <= 100))
            throw new ArgumentOutOfRangeException(nameof(CropMargin), CropMargin, "The margin of a crop is between 0 and 100.");
        ArgumentNullException.ThrowIfNull(Images);
        Images.Validate();
    }
}
