using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>Refused: there are no bounds for it, and none are needed.</summary>
internal sealed class Softmax : IOperator
{
    public string Name => nameof(Softmax);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call) => throw call.Refuse("it has no bounds here. Certify the logits: they rank the classes as "
        + $"it does. Export the model without it or, where it comes last, set {nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.StopBeforeSoftmax)}.");
}
