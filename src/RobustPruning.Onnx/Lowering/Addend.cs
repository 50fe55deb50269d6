using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Lowering;

/// <summary>A constant that is added to a node's output, which nobody else reads: some tools write a layer's bias so.</summary>
/// <param name="Sum">The node that adds it.</param>
/// <param name="Constant">The constant.</param>
internal sealed record Addend(NodeMessage Sum, ConstantValue Constant)
{
    /// <summary>Whether it is one number for each entry of an axis, and the same along all others.</summary>
    /// <param name="fromEnd">The axis of the output, counted from the last, which is 1.</param>
    /// <param name="size">The axis' size.</param>
    /// <param name="axes">How many axes the output has.</param>
    public bool IsBias(int fromEnd, long size, int axes) =>
        Constant.Count == size && Constant.Shape.Count >= fromEnd && Constant.Shape.Count <= axes && Constant.Shape[^fromEnd] == size;
}
