using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>Measures how much each neuron moves when the scene changes. Implement it to measure in a way of your own.</summary>
public interface IUsnMetric
{
    /// <summary>The metric's name, for reports.</summary>
    string Name { get; }

    /// <summary>Measures every pre-activation of a network. The network runs in evaluation mode, without gradients.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Calibration images in [0, 1], <c>[N, C, H, W]</c>, N at least 1.</param>
    /// <param name="set">What may change.</param>
    /// <param name="cancellationToken">Stops the work between two images.</param>
    /// <returns>The measurement; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c> with N at least 1.</exception>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    UsnMeasurement Measure(Graph network, Tensor images, SemanticSet set, CancellationToken cancellationToken = default);
}
