using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>Stands for a propagator that a certificate file names and this library does not have.</summary>
internal sealed class NamedPropagator(string name) : IBoundPropagator
{
    public string Name => name;

    public NetworkBounds Propagate(Graph graph, PerturbedImages images) =>
        throw new NotSupportedException($"The propagator '{name}' is known by its name only, from a certificate file.");
}
