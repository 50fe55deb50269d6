using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>
/// The bounds with which a certificate is checked, of the output alone, as a domain beside the others. For 64-bit networks.
/// </summary>
internal sealed class ProofPropagator : IBoundPropagator
{
    public string Name => "certificate check";

    public NetworkBounds Propagate(Graph graph, PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        var proof = new LeafProof(graph);
        var boxes = Enumerable.Range(0, (int)images.Boxes).Select(box => proof.Bound(Only(images, box))).ToList();
        return new NetworkBounds(new NodeBounds(
            graph.Output, Rows(boxes.SelectMany(bounds => bounds.Lower)), Rows(boxes.SelectMany(bounds => bounds.Upper))), []);

        Tensor Rows(IEnumerable<double> values) =>
            tensor(values.ToArray(), [images.Boxes, graph.Output.Channels]).MoveToOuterDisposeScope();
    }

    private static PerturbedImages Only(PerturbedImages images, int box) => new(
        images.Centre.narrow(0, box, 1), images.Generators.narrow(0, box, 1), images.Clip, images.Radius?.narrow(0, box, 1))
    {
        RoundingError = images.RoundingError,
    };
}
