using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary><c>1 / (1 + e⁻ˣ)</c>.</summary>
internal sealed class Sigmoid : IOperator
{
    public string Name => nameof(Sigmoid);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        return [new Variable(call.Network.Sigmoid(call.Name, x.Node), x.Shape, x.HasBatch)];
    }
}
