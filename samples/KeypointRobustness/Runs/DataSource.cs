using KeypointRobustness.Data;
using KeypointRobustness.Scenes;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>Loads images and turns them into tensors.</summary>
internal static class DataSource
{
    /// <summary>The name that asks for built-in scenes.</summary>
    public const string Aircraft = "aircraft";

    /// <summary>Draws scenes or reads a folder, with a progress bar.</summary>
    /// <param name="source">'aircraft' or a folder.</param>
    /// <param name="count">How many scenes to draw, at least 2.</param>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    /// <param name="seed">The seed of the scenes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DataException">The folder holds something else than labelled images.</exception>
    public static KeypointDataset Load(string source, int count, int height, int width, int seed, CancellationToken cancellationToken)
    {
        if (source == Aircraft)
            return new AircraftScenes(new AircraftSceneOptions { Height = height, Width = width }).Generate(count, seed, cancellationToken);
        KeypointDataset? dataset = null;
        ProgressBar.Run("reading images", report =>
        {
            dataset = DeepLabCutFolder.Load(
                source, height, width, new DirectProgress<(int Done, int Total)>(at => report((double)at.Done / at.Total)), cancellationToken);
        });
        return dataset!;
    }

    /// <summary>The same images, loaded one by one.</summary>
    /// <inheritdoc cref="Load"/>
    public static SampleSource Open(string source, int count, int height, int width, int seed)
    {
        if (source != Aircraft)
        {
            var (names, keypoints, load) = DeepLabCutFolder.Open(source, height, width);
            return new SampleSource(names, keypoints, load);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var scenes = new AircraftScenes(new AircraftSceneOptions { Height = height, Width = width });
        return new SampleSource([.. Enumerable.Range(0, count).Select(index => AircraftScenes.Name(seed, index))], AircraftShape.KeypointNames, index => scenes.Render(seed, index));
    }

    /// <summary>An image <c>[C, H, W]</c> and its label <c>[2K]</c>, NaN where missing; the caller owns them.</summary>
    public static (Tensor Image, Tensor Label) ToTensors(KeypointSample sample) => (ToTensor(sample.Image), Labels(sample));

    /// <summary>Images <c>[N, C, H, W]</c> and labels <c>[N, 2K]</c>, NaN where missing; the caller owns them.</summary>
    public static KeypointData ToTensors(KeypointDataset dataset)
    {
        using var scope = NewDisposeScope();
        var images = stack(dataset.Samples.Select(sample => ToTensor(sample.Image)).ToArray());
        var labels = stack(dataset.Samples.Select(Labels).ToArray());
        return new KeypointData(images.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    private static Tensor ToTensor(ImageData image) => tensor(image.Pixels, [image.Channels, image.Height, image.Width]);

    private static Tensor Labels(KeypointSample sample) =>
        tensor(sample.Keypoints.Select((value, index) => sample.Visible[index / 2] ? value : float.NaN).ToArray());
}
