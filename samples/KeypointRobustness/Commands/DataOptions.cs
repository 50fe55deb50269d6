using System.CommandLine;
using System.Text.Json;
using KeypointRobustness.Runs;
using RobustPruning.Data;

namespace KeypointRobustness.Commands;

/// <summary>The options that say which images a command works on, and how they are read.</summary>
/// <param name="seed">The command's option for the seed.</param>
internal sealed class DataOptions(Option<int> seed)
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

    /// <summary>Where the images come from.</summary>
    public Option<string> Data { get; } = CommonOptions.Data();

    /// <summary>How many scenes to draw.</summary>
    public Option<int> Count { get; } = CommonOptions.Count();

    /// <summary>The share of images that is kept from training.</summary>
    public Option<double> HeldBack { get; } = CommonOptions.HeldBack();

    /// <summary>Adds the options about files to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
        [
            _format, _individual, _crop, _cropMargin, _keepAspect, _missingAtOrigin, _missingNegative, _imageFolder, _bitDepth, _background,
        ];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>
    /// What was asked for; the size of the images is the command's to add. What is not given is as in the training of a model: how images
    /// are cut and scaled for any data, the rest for the data that the model was trained on.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="notes">What the model's file says about its training; null without a model.</param>
    /// <exception cref="ArgumentException">A value makes no sense.</exception>
    /// <exception cref="DataException">The notes are damaged.</exception>
    public DataRequest Read(ParseResult parsed, ModelNotes? notes = null)
    {
        var source = parsed.GetValue(Data)!;
        var read = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            [Data.Name] = JsonSerializer.SerializeToElement(source),
        };
        var trained = notes?.DataOptions ?? read;
        var isSame = trained.TryGetValue(Data.Name, out var before) && IsSame(before.ToString(), source);
        List<string> taken = [];
        var request = new DataRequest(source, OfData(Count), OfData(seed), OfData(HeldBack), Files(), read);
        if (taken.Count > 0)
            Output.Note($"as in the model's training: {string.Join(", ", taken)}.");
        return request;

        KeypointDatasetOptions Files() => new()
        {
            Format = OfData(_format) switch
            {
                "auto" => KeypointFormat.Auto,
                "deeplabcut" => KeypointFormat.DeepLabCut,
                "lightning-pose" => KeypointFormat.LightningPose,
                "coco" => KeypointFormat.Coco,
                "sleap" => KeypointFormat.Sleap,
                "csv" => KeypointFormat.Csv,
                var other => throw new ArgumentException(
                    $"Unknown format '{other}'; --format is auto, deeplabcut, lightning-pose, coco, sleap or csv."),
            },
            Individual = OfData(_individual),
            Crop = OfImages(_crop) switch
            {
                "none" => KeypointCrop.None,
                "box" => KeypointCrop.Box,
                var other => throw new ArgumentException($"Unknown crop '{other}'; --crop is none or box."),
            },
            CropMargin = Between(OfImages(_cropMargin), 0, 100, "--crop-margin"),
            KeepAspectRatio = OfImages(_keepAspect),
            MissingAtOrigin = OfData(_missingAtOrigin),
            MissingIfNegative = OfData(_missingNegative),
            ImageFolder = OfData(_imageFolder),
            Images = new ImageOptions
            {
                BitDepth = OfImages(_bitDepth) is { } bits ? (int)Between(bits, 8, 16, "--bit-depth") : null,
                Background = OfImages(_background) is { } grey ? (float)Between(grey, 0, 1, "--background") : null,
            },
        };

        T? OfData<T>(Option<T> option) => isSame ? AsTrained(option, warns: false) : Given(option, parsed.GetValue(option));

        T? OfImages<T>(Option<T> option) => AsTrained(option, warns: true);

        T? Given<T>(Option<T> option, T? value)
        {
            read[option.Name] = JsonSerializer.SerializeToElement(value);
            return value;
        }

        T? AsTrained<T>(Option<T> option, bool warns)
        {
            var value = parsed.GetValue(option);
            if (!trained.TryGetValue(option.Name, out var text) || !parsed.CommandResult.Command.Options.Contains(option))
                return Given(option, value);
            var remembered = notes!.Value<T>(option.Name, text);
            if (Equals(value, remembered))
                return Given(option, value);
            if (parsed.GetResult(option) is null or { Implicit: true })
            {
                taken.Add($"{option.Name} {Typed(text)}");
                return Given(option, remembered);
            }

            if (warns)
            {
                var given = Typed(JsonSerializer.SerializeToElement(value));
                Output.Warning($"{option.Name} is {given}, but the model was trained with {option.Name} {Typed(text)}.");
            }

            return Given(option, value);
        }
    }

    /// <summary>A value as it is typed.</summary>
    private static string Typed(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "(not given)",
        _ => value.GetRawText(),
    };

    private static bool IsSame(string trained, string source) =>
        trained == source || (source != DataSource.Aircraft && trained.Length > 0 && Path.GetFullPath(trained) == Path.GetFullPath(source));

    private static double Between(double value, double least, double most, string option) => value >= least && value <= most
        ? value
        : throw new ArgumentException(FormattableString.Invariant($"{option} is {value}, but must be between {least} and {most}."));
}
