using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>The semantic interval domain on <see cref="DenseZonotope"/>: slow and obvious.</summary>
internal sealed class DensePropagator(SymbolBudget budget) : IBoundPropagator
{
    public string Name => $"dense reference, {budget}";

    /// <summary>Whether the last propagation chose between symbols of one size.</summary>
    public bool Tied { get; private set; }

    public NetworkBounds Propagate(Graph graph, PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        var recorder = new BoundsRecorder(graph);
        var symbols = new DenseSymbolTable(images.Generators.shape[1], budget);
        var output = graph.Evaluate(
            DenseZonotope.Of(images, symbols),
            (node, inputs) => Step(node, inputs, symbols, recorder),
            (_, _) => { });
        Tied = symbols.Tied;
        var (lower, upper) = output.Limits();
        return recorder.Finish(lower, upper);
    }

    private static DenseZonotope Step(
        GraphNode node, IReadOnlyList<DenseZonotope> inputs, DenseSymbolTable symbols, BoundsRecorder recorder)
    {
        switch (node)
        {
            case AffineNode affine:
                return inputs[0].Affine(affine);
            case MaxPoolNode:
                return DenseMaxPool.Apply((MaxPoolDescription)node.Description, inputs[0], node.Shape, symbols);
            case AdditionNode:
                return inputs.Aggregate((sum, term) => sum.Add(term, symbols)).WithinBudget(symbols);
            case ConcatenationNode:
                return DenseZonotope.Concatenate(inputs, symbols).WithinBudget(symbols);
        }

        var activation = (ActivationNode)node;
        var (lower, upper) = inputs[0].Limits();
        recorder.Record(activation.PreActivation, lower, upper);
        var (slope, offset, size) = DenseRelaxation.Of(activation, lower, upper);
        return inputs[0].Relax(slope, offset, size, symbols);
    }
}
