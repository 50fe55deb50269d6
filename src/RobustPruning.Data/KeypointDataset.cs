using RobustPruning.Data.Formats;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Data;

/// <summary>Images of one size with the same named keypoints, in the order they were taken.</summary>
public sealed class KeypointDataset
{
    /// <summary>Collects samples.</summary>
    /// <param name="samples">At least one sample; all of one size and with one keypoint a name.</param>
    /// <param name="keypointNames">The K names, at least one.</param>
    /// <exception cref="ArgumentException">There is no sample, no name, or the samples do not match.</exception>
    public KeypointDataset(IReadOnlyList<KeypointSample> samples, IReadOnlyList<string> keypointNames)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(keypointNames);
        if (samples.Count == 0 || keypointNames.Count == 0)
            throw new ArgumentException("A dataset needs at least one sample and one keypoint.");
        (Samples, KeypointNames) = (samples, keypointNames);
        (Height, Width) = (samples[0].Image.Height, samples[0].Image.Width);
        foreach (var sample in samples)
        {
            if (sample.Image.Height != Height || sample.Image.Width != Width || sample.Image.Channels != samples[0].Image.Channels)
                throw new ArgumentException($"{sample.Name} has another image size than {samples[0].Name}.", nameof(samples));
            if (sample.Visible.Length != keypointNames.Count)
                throw new ArgumentException(
                    $"{sample.Name} has {sample.Visible.Length} keypoints, not {keypointNames.Count}.",
                    nameof(samples));
        }
    }

    /// <summary>The samples, in the order they were taken.</summary>
    public IReadOnlyList<KeypointSample> Samples { get; }

    /// <summary>The K keypoint names.</summary>
    public IReadOnlyList<string> KeypointNames { get; }

    /// <summary>Rows of every image.</summary>
    public int Height { get; }

    /// <summary>Columns of every image.</summary>
    public int Width { get; }

    /// <summary>What was assumed about the files, or left out, a sentence each; show them to whoever chose the files.</summary>
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    /// <summary>Reads a data set of DeepLabCut, Lightning Pose, COCO, SLEAP, or a CSV file, and scales its images.</summary>
    /// <param name="path">A folder or a label file.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Told after every image.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <exception cref="DataException">A file is missing or cannot be used; the message says where.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static KeypointDataset Load(
        string path, KeypointDatasetOptions? options = null, IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new KeypointDatasetOptions();
        options.Validate();
        return DatasetLoader.Load(path, options, progress, cancellationToken);
    }

    /// <summary>Splits off a block at the end for evaluation.</summary>
    /// <remarks>
    /// A block, not a random draw: consecutive frames of a video look alike, so that a held-back frame between two
    /// training frames would say nothing about new images. Both parts get at least one sample.
    /// </remarks>
    /// <param name="heldBackShare">The share to hold back, in (0, 1); rounded to whole samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in (0, 1).</exception>
    /// <exception cref="DataException">There are fewer than 2 samples.</exception>
    public (KeypointDataset Training, KeypointDataset HeldBack) Split(double heldBackShare)
    {
        var heldBack = HeldBackCount(Samples.Count, heldBackShare);
        var training = Samples.Count - heldBack;
        return (
            new KeypointDataset([.. Samples.Take(training)], KeypointNames),
            new KeypointDataset([.. Samples.Skip(training)], KeypointNames));
    }

    /// <summary>Images [N, C, H, W] and labels [N, 2K] as tensors, NaN where a label is missing; the caller owns them.</summary>
    public KeypointData ToKeypointData()
    {
        using var scope = NewDisposeScope();
        var images = stack([.. Samples.Select(sample => sample.Image.ToTensor())]);
        var labels = stack([.. Samples.Select(sample =>
            tensor(sample.Keypoints.Select((value, index) => sample.Visible[index / 2] ? value : float.NaN).ToArray()))]);
        return new KeypointData(images.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    /// <summary>How many of some samples <see cref="Split"/> holds back.</summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="share">The share to hold back, in (0,1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in (0,1).</exception>
    /// <exception cref="DataException">There are fewer than 2 samples.</exception>
    public static int HeldBackCount(int count, double share)
    {
        if (!(share > 0 && share < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share to hold back must be in (0,1).");
        }

        return count >= 2
            ? Math.Clamp((int)Math.Round(share * count), 1, count - 1)
            : throw new DataException("Holding samples back takes at least 2 images; there is 1.");
    }
}
