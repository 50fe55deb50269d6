using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The hyperbolic tangent.</summary>
internal sealed class Tanh : IOperator
{
    public string Name => nameof(Tanh);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        return [new Variable(call.Network.Tanh(call.Name, x.Node), x.Shape, x.HasBatch)];
    }
}
