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
        var shape = network.Graph.Input.Shape;
        if (shape is not [3, > 0, > 0])
            throw new DataException($"The model takes images of shape [{string.Join(", ", shape)}], but images here are [3, H, W].");
        var dataset = DataSource.Load(source, count, seed, options with { Height = (int)shape[1], Width = (int)shape[2] }, cancellationToken);
        var keypoints = decoder?.Keypoints ?? network.Graph.Output.Neurons / 2;
        return keypoints == dataset.KeypointNames.Count
            ? dataset
            : throw new DataException($"The model finds {keypoints} keypoints, but '{source}' has {dataset.KeypointNames.Count}.");
    }
}
