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
        GraphModule network, HeatmapDecoder? decoder, DataRequest request, CancellationToken cancellationToken)
    {
        var dataset = DataSource.Load(request.Source, request.Count, request.Seed, Sized(network, request.Files), cancellationToken);
        RequireKeypoints(network, decoder, request.Source, dataset.KeypointNames.Count);
        return dataset;
    }

    /// <summary>The same images, one by one.</summary>
    /// <exception cref="DataException">As for <see cref="Load"/>.</exception>
    public static SampleSource Open(
        GraphModule network, HeatmapDecoder? decoder, DataRequest request, CancellationToken cancellationToken)
    {
        var samples = DataSource.Open(request.Source, request.Count, request.Seed, Sized(network, request.Files), cancellationToken);
        RequireKeypoints(network, decoder, request.Source, samples.KeypointNames.Count);
        return samples;
    }

    /// <summary>The options with the size of images that a model takes.</summary>
    /// <exception cref="DataException">The model does not take images in colour.</exception>
    public static KeypointDatasetOptions Sized(GraphModule network, KeypointDatasetOptions options)
    {
        var shape = network.Graph.Input.Shape;
        return shape is [3, > 0, > 0] ? options with { Height = (int)shape[1], Width = (int)shape[2] }
            : throw new DataException($"The model takes images of shape [{string.Join(", ", shape)}], but images here are [3, H, W].");
    }

    private static void RequireKeypoints(GraphModule network, HeatmapDecoder? decoder, string source, int count)
    {
        var keypoints = decoder?.Keypoints ?? network.Graph.Output.Neurons / 2;
        if (keypoints != count)
            throw new DataException($"The model finds {keypoints} keypoints, but '{source}' has {count}.");
    }
}
