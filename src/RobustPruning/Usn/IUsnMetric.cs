using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>Measures how much each neuron moves when the scene changes. Implement it to measure in a way of your own.</summary>
public interface IUsnMetric
{
    /// <summary>The metric's name, for reports.</summary>
    string Name { get; }

    /// <summary>
    /// Measures some nodes of a network; <see cref="UsnMetricExtensions.Measure"/> measures its pre-activations. The network runs in
    /// evaluation mode, without gradients.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Calibration images in [0, 1], <c>[N, C, H, W]</c>, N at least 1.</param>
    /// <param name="set">What may change.</param>
    /// <param name="nodes">The nodes to measure: any of the network's.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>The measurement, one entry a node in the order given; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c> with N at least 1.</exception>
    /// <exception cref="GraphException">The images have another shape than the network takes, or a node is of another network.</exception>
    UsnMeasurement Measure(
        Graph network, Tensor images, SemanticSet set, IReadOnlyCollection<GraphNode> nodes, CancellationToken cancellationToken = default);
}
