using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The value itself.</summary>
internal sealed class Identity : IOperator
{
    public string Name => nameof(Identity);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call) => [call.Input(0)];
}
