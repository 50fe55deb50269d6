using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Sound bounds that prove nothing on any box.</summary>
internal sealed class NeverSure : IBoundPropagator
{
    public string Name => "never sure";

    public NetworkBounds Propagate(Graph graph, PerturbedImages images) =>
        new(
            new NodeBounds(
                graph.Output,
                full([images.Boxes, graph.Output.Channels], -1e9f),
                full([images.Boxes, graph.Output.Channels], 1e9f)),
            []);
}
