using RobustPruning.Graphs;
using RobustPruning.Perturbations;

namespace RobustPruning.Bounds;

/// <summary>Maps sets of inputs to sound bounds of a network's values. Implement it to plug in a domain of your own.</summary>
public interface IBoundPropagator
{
    /// <summary>The domain's name, for reports, for example <c>interval</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Bounds every pre-activation and the output of <paramref name="graph"/> over every box of <paramref name="images"/>. Batch
    /// normalisation counts in evaluation mode. Differentiable in the weights unless gradients are off.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="images">What B boxes reach, in 64-bit numbers.</param>
    /// <returns>Bounds with B as their first dimension, in any floating type; the caller owns them.</returns>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or the domain does not know a layer.
    /// </exception>
    NetworkBounds Propagate(Graph graph, PerturbedImages images);
}
