using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary><c>x</c> where x ≥ 0, <c>alpha·x</c> elsewhere.</summary>
internal sealed class LeakyRelu : IOperator
{
    public string Name => nameof(LeakyRelu);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        return [new Variable(call.Network.LeakyRelu(call.Name, x.Node, call.Float("alpha", 0.01f)), x.Shape, x.HasBatch)];
    }
}
