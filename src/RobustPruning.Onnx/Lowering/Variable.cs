using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;

namespace RobustPruning.Onnx.Lowering;

/// <summary>
/// A value that depends on the input. The node may have another shape than the model says, with the same values in the same order: whoever
/// reads it asks for the shape that it wants, so that most reshapes cost nothing.
/// </summary>
internal sealed class Variable(GraphNode node, IReadOnlyList<long> shape, bool hasBatch) : Value(shape, hasBatch)
{
    /// <summary>The node that computes it.</summary>
    public GraphNode Node => node;

    /// <summary>The same values in another shape.</summary>
    public Variable As(IReadOnlyList<long> shape) => new(node, shape, HasBatch);
}
