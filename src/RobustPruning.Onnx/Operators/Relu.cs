using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary><c>max(x, 0)</c>.</summary>
internal sealed class Relu : IOperator
{
    public string Name => nameof(Relu);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        return [new Variable(call.Network.Relu(call.Name, x.Node), x.Shape, x.HasBatch)];
    }
}
