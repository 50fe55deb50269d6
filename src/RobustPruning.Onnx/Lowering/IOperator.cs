using RobustPruning.Onnx.Constants;

namespace RobustPruning.Onnx.Lowering;

/// <summary>An ONNX operator: how it becomes nodes of a graph, or a constant where all that it reads is constant.</summary>
internal interface IOperator
{
    /// <summary>Its name in ONNX, for example <c>Conv</c>.</summary>
    string Name { get; }

    /// <summary>The first opset of which its definition is understood; the first that is supported at all for most.</summary>
    long FirstOpset => Opsets.First;

    /// <summary>Adds the nodes.</summary>
    /// <returns>The outputs, in order; those that are not supported are left out.</returns>
    /// <exception cref="OnnxException">It is used in a way that is not supported.</exception>
    IReadOnlyList<Value> Lower(OperatorCall call);
}
