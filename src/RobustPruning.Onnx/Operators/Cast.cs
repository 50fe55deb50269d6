using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>A constant in another type; values that depend on the input stay 32-bit floating point.</summary>
internal sealed class Cast : IOperator
{
    public string Name => nameof(Cast);

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        call.Ignore("saturate");
        var (x, type) = (call.Input(0), (ElementType)call.Integer("to", 0));
        if (x is ConstantValue)
            call.Network.Limits.Spend(x.Shape);
        return (x, type) switch
        {
            (Variable, ElementType.Float) => [x],
            (ConstantValue constant, ElementType.Float) => [new ComputedConstant(constant.Floats())],
            (ConstantValue constant, ElementType.Int32 or ElementType.Int64) => [new ComputedConstant(constant.Read().to(int64))],
            (ConstantValue constant, ElementType.Bool) => [new ComputedConstant(constant.Read().ne(0).to(int64))],
            _ => throw call.Refuse($"it makes values of type {type}, which is not supported."),
        };
    }
}
