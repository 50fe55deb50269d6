using RobustPruning.Data.Formats;

namespace RobustPruning.Data;

/// <summary>
/// A data set whose images are loaded one by one, so that memory does not grow with their number. Opening it reads all labels and checks
/// the structure of every image file; images of more than 8 bits, with transparency, or other than PNG and JPEG are decoded for that too.
/// </summary>
public sealed class KeypointDatasetReader : IDisposable
{
    // Not the labels themselves: they keep every cell of the files, for messages.
    private readonly IDisposable? _owner;
    private readonly Func<int, KeypointSample> _load;

    internal KeypointDatasetReader(
        LabelSet labels, IReadOnlyList<PlacedSample> samples, Func<int, KeypointSample> load, IReadOnlyList<string> notes)
    {
        (_owner, KeypointNames, _load, Notes) = (labels.Owner, labels.KeypointNames, load, notes);
        (Names, Placements) = ([.. samples.Select(sample => sample.Name)], [.. samples.Select(sample => sample.Placement)]);
    }

    /// <summary>The samples' names, in the order they were taken.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How each image is cut out and scaled.</summary>
    public IReadOnlyList<ImagePlacement> Placements { get; }

    /// <summary>The K keypoint names.</summary>
    public IReadOnlyList<string> KeypointNames { get; }

    /// <summary>What was assumed about the files, or left out, a sentence each; show them to whoever chose the files.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Opens what <see cref="KeypointDataset.Load"/> loads.</summary>
    /// <inheritdoc cref="KeypointDataset.Load"/>
    public static KeypointDatasetReader Open(
        string path, KeypointDatasetOptions? options = null, IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new KeypointDatasetOptions();
        options.Validate();
        return DatasetLoader.Open(path, options, progress, cancellationToken);
    }

    /// <summary>Loads a sample; the same numbers as <see cref="KeypointDataset.Load"/> gives.</summary>
    /// <param name="index">Its place, from 0 on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    /// <exception cref="DataException">The image is missing or damaged, or has changed since the data set was opened.</exception>
    public KeypointSample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Names.Count);
        return _load(index);
    }

    /// <summary>Closes the label file, which some formats read images from.</summary>
    public void Dispose() => _owner?.Dispose();
}
