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
        if (call.Attribute("value")?.Tensor is { } stored)
            return [call.Stored(stored)];
        if (call.Attribute("value_float") is { } number)
            return [new ComputedConstant(tensor(number.Float))];
        if (call.Attribute("value_floats") is { } numbers)
            return [new ComputedConstant(tensor(numbers.Floats.ToArray()))];
        if (call.Attribute("value_int") is { } whole)
            return [new ComputedConstant(tensor(whole.Integer))];
        if (call.Attribute("value_ints") is { } list)
            return [ComputedConstant.Of(list.Integers)];
        throw call.Refuse("it has no tensor, floating point or whole numbers as its value.");
    }
}
