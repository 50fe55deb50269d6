using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>An operator that is known and refused, with the reason.</summary>
internal sealed class Refused(string name, string reason) : IOperator
{
    public string Name => name;

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call) => throw call.Refuse(reason);
}
