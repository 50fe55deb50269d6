using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>A constant within the model.</summary>
internal sealed class Constant : IOperator
{
    public string Name => nameof(Constant);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        if (call.Tensor("value") is { } stored)
            return [stored];
        if (call.Float("value_float") is { } number)
            return [new ComputedConstant(tensor(number))];
        if (call.Floats("value_floats") is { } numbers)
            return [new ComputedConstant(tensor(numbers))];
        if (call.Integer("value_int") is { } whole)
            return [new ComputedConstant(tensor(whole))];
        if (call.Integers("value_ints") is { } list)
            return [ComputedConstant.Of(list)];
        throw call.Refuse("it has no tensor, floating point or whole numbers as its value.");
    }
}
