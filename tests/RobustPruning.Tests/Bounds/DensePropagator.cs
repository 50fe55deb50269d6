using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>The semantic interval domain on <see cref="DenseZonotope"/>: slow and obvious.</summary>
internal sealed class DensePropagator(SymbolBudget budget) : IBoundPropagator
{
    public string Name => $"dense reference, {budget}";

    public NetworkBounds Propagate(Graph graph, PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        var recorder = new BoundsRecorder(graph);
        var parameters = images.Generators.shape[1];
        var output = graph.Evaluate<DenseZonotope>(
            DenseZonotope.Of(images, budget),
            (node, inputs) =>
            {
                if (node is not ReluNode relu)
                    return inputs[0].Affine((AffineNode)node);
                var limits = inputs[0].Limits();
                recorder.Record(relu.PreActivation, limits.Lower, limits.Upper);
                return inputs[0].Relu(limits, budget, parameters);
            },
            (_, zonotope) => zonotope.Dispose());
        var (lower, upper) = output.Limits();
        return recorder.Finish(lower, upper);
    }
}
