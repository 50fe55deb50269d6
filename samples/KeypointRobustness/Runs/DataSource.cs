using KeypointRobustness.Scenes;
using RobustPruning.Data;
using RobustPruning.Training;

namespace KeypointRobustness.Runs;

/// <summary>Draws scenes, or loads images and labels.</summary>
internal static class DataSource
{
    /// <summary>The name that asks for built-in scenes.</summary>
    public const string Aircraft = "aircraft";

    // Messages of the data package name its properties; who uses the app knows its options.
    private static readonly (string Property, string Option)[] Names =
    [
        (nameof(KeypointDatasetOptions.Individual), "--individual"), ("Crop = Box", "--crop box"),
        (nameof(KeypointDatasetOptions.MissingAtOrigin), "--missing-at-origin"), (nameof(KeypointDatasetOptions.MissingIfNegative), "--missing-negative"),
        (nameof(KeypointDatasetOptions.ImageFolder), "--image-folder"),
        (nameof(ImageOptions.BitDepth), "--bit-depth"), (nameof(ImageOptions.Background), "--background"),
    ];

    /// <summary>Draws scenes or reads a data set, with a progress bar; what was assumed about its files goes to standard error.</summary>
    /// <param name="source">'aircraft', a folder or a label file.</param>
    /// <param name="count">How many scenes to draw, at least 2.</param>
    /// <param name="seed">The seed of the scenes.</param>
    /// <param name="options">The size of the images, and how files are read.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    public static KeypointDataset Load(string source, int count, int seed, KeypointDatasetOptions options, CancellationToken cancellationToken)
    {
        if (source == Aircraft)
            return new AircraftScenes(new AircraftSceneOptions { Height = options.Height, Width = options.Width }).Generate(count, seed, cancellationToken);
        KeypointDataset? dataset = null;
        try
        {
            ProgressBar.Run("reading images", report =>
            {
                dataset = KeypointDataset.Load(
                    source, options, new DirectProgress<(int Done, int Total)>(at => report((double)at.Done / at.Total)), cancellationToken);
            });
        }
        catch (DataException error)
        {
            throw new DataException(InOptionNames(error.Message), error);
        }

        foreach (var note in dataset!.Notes)
            Console.Error.WriteLine("note: " + InOptionNames(note));
        return dataset;
    }

    /// <summary>Images <c>[N, C, H, W]</c> and labels <c>[N, 2K]</c>, NaN where missing; the caller owns them.</summary>
    public static KeypointData ToTensors(KeypointDataset dataset) => dataset.ToKeypointData();

    private static string InOptionNames(string message) => Names.Aggregate(message, (text, name) => text.Replace($"({name.Property})", $"({name.Option})"));
}
