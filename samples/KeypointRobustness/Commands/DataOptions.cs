using System.CommandLine;
using RobustPruning.Data;

namespace KeypointRobustness.Commands;

/// <summary>The options that say how a data set's files are read. Give the same ones to every command that reads the data set.</summary>
internal sealed class DataOptions
{
    private readonly Option<string> _format = new("--format")
    {
        Description = "The layout of the files: auto, deeplabcut, lightning-pose, coco, sleap or csv.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> _individual = new("--individual")
    {
        Description = "Which object to read: an individual of DeepLabCut, a track of SLEAP or a category of COCO.",
    };

    private readonly Option<string> _crop = new("--crop")
    {
        Description = "What part of an image to take: none for all of it, box for the box around each object.",
        DefaultValueFactory = _ => "none",
    };

    private readonly Option<double> _cropMargin = new("--crop-margin")
    {
        Description = "How much a crop grows on each side, as a share of the box's longer side.",
        DefaultValueFactory = _ => new KeypointDatasetOptions().CropMargin,
    };

    private readonly Option<bool> _keepAspect = new("--keep-aspect")
    {
        Description = "Scale both directions alike, with black beside the image where its proportions are others; false stretches it.",
        DefaultValueFactory = _ => true,
    };

    private readonly Option<bool> _missingAtOrigin = new("--missing-at-origin")
    {
        Description = "A label at exactly (0, 0) means that there is none.",
    };

    private readonly Option<bool> _missingNegative = new("--missing-negative")
    {
        Description = "A label with a negative coordinate means that there is none.",
    };

    private readonly Option<string?> _imageFolder = new("--image-folder")
    {
        Description = "The folder that the images lie in, where it is not near the label file.",
    };

    private readonly Option<int?> _bitDepth = new("--bit-depth")
    {
        Description = "How many bits of 16-bit images carry the picture, 8 to 16; found from the greatest value by default.",
    };

    private readonly Option<float?> _background = new("--background")
    {
        Description = "The grey, 0 to 1, behind transparent pixels; the colours that the file stores by default.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all = [_format, _individual, _crop, _cropMargin, _keepAspect, _missingAtOrigin, _missingNegative, _imageFolder, _bitDepth, _background];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>What was asked for; the size is the command's to add.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public KeypointDatasetOptions Read(ParseResult parsed) => new()
    {
        Format = parsed.GetValue(_format) switch
        {
            "auto" => KeypointFormat.Auto,
            "deeplabcut" => KeypointFormat.DeepLabCut,
            "lightning-pose" => KeypointFormat.LightningPose,
            "coco" => KeypointFormat.Coco,
            "sleap" => KeypointFormat.Sleap,
            "csv" => KeypointFormat.Csv,
            var other => throw new ArgumentException($"Unknown format '{other}'; --format is auto, deeplabcut, lightning-pose, coco, sleap or csv."),
        },
        Individual = parsed.GetValue(_individual),
        Crop = parsed.GetValue(_crop) switch
        {
            "none" => KeypointCrop.None,
            "box" => KeypointCrop.Box,
            var other => throw new ArgumentException($"Unknown crop '{other}'; --crop is none or box."),
        },
        CropMargin = Between(parsed.GetValue(_cropMargin), 0, 100, "--crop-margin"),
        KeepAspectRatio = parsed.GetValue(_keepAspect),
        MissingAtOrigin = parsed.GetValue(_missingAtOrigin),
        MissingIfNegative = parsed.GetValue(_missingNegative),
        ImageFolder = parsed.GetValue(_imageFolder),
        Images = new ImageOptions
        {
            BitDepth = parsed.GetValue(_bitDepth) is { } bits ? (int)Between(bits, 8, 16, "--bit-depth") : null,
            Background = parsed.GetValue(_background) is { } grey ? (float)Between(grey, 0, 1, "--background") : null,
        },
    };

    private static double Between(double value, double least, double most, string option) => value >= least && value <= most
        ? value
        : throw new ArgumentException(FormattableString.Invariant($"{option} is {value}, but must be between {least} and {most}."));
}
