using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary><c>min(max(x, minimum), maximum)</c>: the limits are attributes before opset 11, constant inputs since.</summary>
internal sealed class Clip : IOperator
{
    public string Name => nameof(Clip);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        var (minimum, maximum) = call.Opset < 11
            ? (call.Float("min", double.NegativeInfinity), call.Float("max", double.PositiveInfinity))
            : (call.Number(1) ?? double.NegativeInfinity, call.Number(2) ?? double.PositiveInfinity);
        return [new Variable(call.Network.Clip(call.Name, x.Node, minimum, maximum), x.Shape, x.HasBatch)];
    }
}
