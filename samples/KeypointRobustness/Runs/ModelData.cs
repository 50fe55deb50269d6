using RobustPruning.Data;
using RobustPruning.Graphs;

namespace KeypointRobustness.Runs;

/// <summary>Loads images in the size that a model takes.</summary>
internal static class ModelData
{
    /// <summary>Draws scenes or reads a data set, scaled to the model's input.</summary>
    /// <exception cref="DataException">The data set is bad, or the model was made for other data.</exception>
    public static KeypointDataset Load(
        GraphModule network, string source, int count, int seed, KeypointDatasetOptions options, CancellationToken cancellationToken)
    {
        var shape = network.Graph.Input.Shape;
        if (shape is not [3, > 0, > 0])
            throw new DataException($"The model takes images of shape [{string.Join(", ", shape)}], but images here are [3, H, W].");
        var dataset = DataSource.Load(source, count, seed, options with { Height = (int)shape[1], Width = (int)shape[2] }, cancellationToken);
        return network.Graph.Output.Channels == 2 * dataset.KeypointNames.Count
            ? dataset
            : throw new DataException($"The model finds {network.Graph.Output.Channels / 2} keypoints, but '{source}' has {dataset.KeypointNames.Count}.");
    }
}
