using KeypointRobustness.Pictures;
using KeypointRobustness.Scenes;
using RobustPruning.Data;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>Draws scenes, or loads images and labels.</summary>
internal static class DataSource
{
    /// <summary>The name that asks for built-in scenes.</summary>
    public const string Aircraft = "aircraft";

    // Messages of the data package name its properties; who uses the app knows its options.
    private static readonly (string Property, string Option)[] Names =
    [
        (nameof(KeypointDatasetOptions.Individual), "--individual"),
        ("Crop = Box", "--crop box"),
        (nameof(KeypointDatasetOptions.MissingAtOrigin), "--missing-at-origin"),
        (nameof(KeypointDatasetOptions.MissingIfNegative), "--missing-negative"),
        (nameof(KeypointDatasetOptions.ImageFolder), "--image-folder"),
        (nameof(ImageOptions.BitDepth), "--bit-depth"),
        (nameof(ImageOptions.Background), "--background"),
    ];

    /// <summary>Draws scenes or reads a data set, with a progress bar; what was assumed about its files goes to standard error.</summary>
    /// <param name="source">'aircraft', a folder or a label file.</param>
    /// <param name="count">How many scenes to draw, at least 2.</param>
    /// <param name="seed">The seed of the scenes.</param>
    /// <param name="options">The size of the images, and how files are read.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    public static KeypointDataset Load(
        string source, int count, int seed, KeypointDatasetOptions options, CancellationToken cancellationToken)
    {
        if (source == Aircraft)
            return new AircraftScenes(new AircraftSceneOptions { Height = options.Height, Width = options.Width }).Generate(
                count,
                seed,
                cancellationToken);
        var dataset = Read((progress, stop) => KeypointDataset.Load(source, options, progress, stop), cancellationToken);
        SayNotes(dataset.Notes);
        return dataset;
    }

    /// <summary>The same images, one by one: scenes are drawn, and image files decoded, when they are asked for.</summary>
    /// <inheritdoc cref="Load"/>
    public static SampleSource Open(string source, int count, int seed, KeypointDatasetOptions options, CancellationToken cancellationToken)
    {
        if (source != Aircraft)
        {
            var files = Read((progress, stop) => KeypointDatasetReader.Open(source, options, progress, stop), cancellationToken);
            SayNotes(files.Notes);
            var (height, width) = files.Placements.Select(ShownImage.SizeOf).MaxBy(size => size.Height * size.Width);
            var shown = new Lazy<KeypointDatasetReader>(() =>
                KeypointDatasetReader.Open(source, options with { Height = height, Width = width }, null, cancellationToken));
            return new SampleSource(files.Names, files.Placements, files.KeypointNames, files.Load)
            {
                Show = index => ShownImage.Cut(shown.Value.Load(index).Image, files.Placements[index]),
            };
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var scenes = new AircraftScenes(new AircraftSceneOptions { Height = options.Height, Width = options.Width });
        return new SampleSource(
            [.. Enumerable.Range(0, count).Select(index => AircraftScenes.Name(seed, index))],
            [.. Enumerable.Repeat(ImagePlacement.Unchanged(options.Height, options.Width), count)],
            AircraftShape.KeypointNames,
            index => scenes.Render(seed, index));
    }

    /// <summary>An image <c>[C, H, W]</c> and its label <c>[2K]</c>, NaN where missing; the caller owns them.</summary>
    public static (Tensor Image, Tensor Label) ToTensors(KeypointSample sample) =>
        (
            sample.Image.ToTensor(),
            tensor(sample.Keypoints.Select((value, index) => sample.Visible[index / 2] ? value : float.NaN).ToArray()));

    /// <summary>Images <c>[N, C, H, W]</c> and labels <c>[N, 2K]</c>, NaN where missing; the caller owns them.</summary>
    public static KeypointData ToTensors(KeypointDataset dataset) => dataset.ToKeypointData();

    /// <summary>Reads files with a progress bar; messages name the app's options.</summary>
    private static T Read<T>(Func<IProgress<(int Done, int Total)>, CancellationToken, T> read, CancellationToken cancellationToken)
        where T : class
    {
        T? result = null;
        try
        {
            ProgressBar.Run("reading images", report =>
                result = read(new DirectProgress<(int Done, int Total)>(at => report((double)at.Done / at.Total)), cancellationToken));
        }
        catch (DataException error)
        {
            throw new DataException(InOptionNames(error.Message), error);
        }

        return result!;
    }

    private static void SayNotes(IReadOnlyList<string> notes)
    {
        foreach (var note in notes)
            Output.Note(InOptionNames(note));
    }

    private static string InOptionNames(string message) =>
        Names.Aggregate(message, (text, name) => text.Replace($"({name.Property})", $"({name.Option})"));
}
