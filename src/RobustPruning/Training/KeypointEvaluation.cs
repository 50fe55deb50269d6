using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>How well a network finds keypoints.</summary>
public static class KeypointEvaluation
{
    private const long ImagesPerBatch = 64;

    /// <summary>The network's predictions in evaluation mode, without gradients.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">In [0, 1], <c>[N, C, H, W]</c>.</param>
    /// <param name="decoder">Reads the keypoints off the network's heatmaps; null for a network that gives coordinates.</param>
    /// <returns><c>[N, 2K]</c> in pixels; the caller owns it.</returns>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or the decoder reads another output.
    /// </exception>
    public static Tensor Predict(Graph network, Tensor images, HeatmapDecoder? decoder = null)
    {
        decoder?.RequireOutput(network.Output);
        using var noGradient = no_grad();
        using var evaluation = new EvaluationMode(network);
        using var scope = NewDisposeScope();
        var batches = new List<Tensor>();
        for (var first = 0L; first < images.shape[0]; first += ImagesPerBatch)
            batches.Add(network.Forward(images.narrow(0, first, Math.Min(ImagesPerBatch, images.shape[0] - first))).flatten(1));
        var outputs = cat(batches, 0);
        if (decoder is not null)
        {
            var positions = outputs
                .to(float64)
                .cpu()
                .data<double>()
                .ToArray()
                .Chunk(decoder.Outputs)
                .SelectMany(output => decoder.Decode(output))
                .ToArray();
            outputs = tensor(positions, [images.shape[0], 2 * decoder.Keypoints]).to(outputs.dtype, outputs.device);
        }

        return outputs.MoveToOuterDisposeScope();
    }

    /// <summary>The mean Euclidean distance of prediction and label, in pixels; NaN if there is no label.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">Images with labels.</param>
    /// <param name="decoder">Reads the keypoints off the network's heatmaps; null for a network that gives coordinates.</param>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public static double MeanError(Graph network, KeypointData data, HeatmapDecoder? decoder = null)
    {
        using var outputs = Predict(network, data.Images, decoder);
        return KeypointLoss.MeanError(outputs, data.Labels);
    }

    /// <summary>
    /// How much the predictions vary across images, relative to the labels: the ratio of their standard deviations, averaged over
    /// coordinates. A network near 0 is trivial: it predicts the same whatever it sees, and certifies for that reason alone.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="data">Images with labels, at least 2.</param>
    /// <param name="decoder">Reads the keypoints off the network's heatmaps; null for a network that gives coordinates.</param>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public static double OutputVariation(Graph network, KeypointData data, HeatmapDecoder? decoder = null)
    {
        using var scope = NewDisposeScope();
        var outputs = Predict(network, data.Images, decoder);
        var labelled = data.Labels.isnan().logical_not();
        double varied = Deviation(outputs, labelled), natural = Deviation(data.Labels, labelled);
        return natural > 0 ? varied / natural : double.NaN;
    }

    /// <summary>The mean over coordinates of the standard deviation across images, over labelled entries.</summary>
    private static double Deviation(Tensor values, Tensor labelled)
    {
        using var scope = NewDisposeScope();
        var count = labelled.to(float64).sum([0]).clamp_min(Scalars.Of(1));
        var known = where(labelled, values, zeros_like(values)).to(float64);
        var mean = known.sum([0]) / count;
        var squares = where(labelled, (known - mean).Squared(), zeros_like(known)).sum([0]) / count;
        return squares.sqrt().mean().item<double>();
    }
}
