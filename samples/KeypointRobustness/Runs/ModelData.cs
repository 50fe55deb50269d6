using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;

namespace KeypointRobustness.Runs;

/// <summary>Loads images in the size that a model takes.</summary>
internal static class ModelData
{
    /// <summary>Draws scenes or reads a data set, scaled to the model's input.</summary>
    /// <exception cref="DataException">The data set is bad, or the model was made for other data.</exception>
    public static KeypointDataset Load(
        GraphModule network, HeatmapDecoder? decoder, string source, int count, int seed, KeypointDatasetOptions options, CancellationToken cancellationToken)
    {
        var (height, width) = Size(network);
        var dataset = DataSource.Load(source, count, seed, options with { Height = height, Width = width }, cancellationToken);
        RequireKeypoints(network, decoder, source, dataset.KeypointNames.Count);
        return dataset;
    }

    /// <summary>The same images, one by one.</summary>
    /// <exception cref="DataException">As for <see cref="Load"/>.</exception>
    public static SampleSource Open(
        GraphModule network, HeatmapDecoder? decoder, string source, int count, int seed, KeypointDatasetOptions options, CancellationToken cancellationToken)
    {
        var (height, width) = Size(network);
        var samples = DataSource.Open(source, count, seed, options with { Height = height, Width = width }, cancellationToken);
        RequireKeypoints(network, decoder, source, samples.KeypointNames.Count);
        return samples;
    }

    private static (int Height, int Width) Size(GraphModule network)
    {
        var shape = network.Graph.Input.Shape;
        return shape is [3, > 0, > 0] ? ((int)shape[1], (int)shape[2])
            : throw new DataException($"The model takes images of shape [{string.Join(", ", shape)}], but images here are [3, H, W].");
    }

    private static void RequireKeypoints(GraphModule network, HeatmapDecoder? decoder, string source, int count)
    {
        var keypoints = decoder?.Keypoints ?? network.Graph.Output.Neurons / 2;
        if (keypoints != count)
            throw new DataException($"The model finds {keypoints} keypoints, but '{source}' has {count}.");
    }
}
