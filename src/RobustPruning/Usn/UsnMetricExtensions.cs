using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>What all metrics share.</summary>
public static class UsnMetricExtensions
{
    /// <summary>Measures every pre-activation of a network. The network runs in evaluation mode, without gradients.</summary>
    /// <param name="metric">The way to measure.</param>
    /// <param name="network">The network.</param>
    /// <param name="images">Calibration images in [0, 1], <c>[N, C, H, W]</c>, N at least 1.</param>
    /// <param name="set">What may change.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>The measurement, one entry a pre-activation in the graph's order; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c> with N at least 1.</exception>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public static UsnMeasurement Measure(
        this IUsnMetric metric, Graph network, Tensor images, SemanticSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(network);
        return metric.Measure(network, images, set, [.. network.PreActivations], cancellationToken);
    }
}
