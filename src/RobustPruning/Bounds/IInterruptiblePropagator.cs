using RobustPruning.Graphs;
using RobustPruning.Perturbations;

namespace RobustPruning.Bounds;

/// <summary>
/// A domain that can be told to stop between two nodes: a pass through a large network may take longer than there is time.
/// </summary>
internal interface IInterruptiblePropagator : IBoundPropagator
{
    /// <summary>
    /// <see cref="IBoundPropagator.Propagate"/>; null if <paramref name="stop"/>, asked before each node, became true. Once true, it stays
    /// so.
    /// </summary>
    NetworkBounds? Propagate(Graph graph, PerturbedImages images, Func<bool> stop);
}
