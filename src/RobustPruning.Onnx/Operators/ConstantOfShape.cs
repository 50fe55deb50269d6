using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>One number, 0 by default, in a constant shape.</summary>
internal sealed class ConstantOfShape : IOperator
{
    public string Name => nameof(ConstantOfShape);

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var shape = call.RequireIntegers(0);
        call.Network.Limits.Spend(shape);
        var value = call.Tensor("value") ?? new ComputedConstant(zeros(1));
        if (value.Count != 1)
            throw call.Refuse($"its value has {value.Count} numbers instead of one.");
        return [new ComputedConstant(value.Read().reshape(1).expand(Sizes.Count(shape)!.Value).reshape(shape).contiguous())];
    }
}
