using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The sum of any number of values.</summary>
internal sealed class Sum : IOperator
{
    public string Name => nameof(Sum);

    public long FirstOpset => 8;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        // Constants first: they are one, which is added once.
        Value[] inputs = [.. Enumerable.Range(0, call.InputCount).Select(call.Input).OrderBy(input => input is Variable)];
        return [inputs.Aggregate((sum, next) => Add(call, sum, next))];
    }

    private static Value Add(OperatorCall call, Value sum, Value next) => (sum, next) switch
    {
        (ConstantValue first, ConstantValue second) => new ComputedConstant(first.Floats() + second.Floats()),
        (ConstantValue constant, Variable x) => Arithmetic.Rescale(call, x, constant, values => (ones(1), values)),
        _ => Arithmetic.Sum(call, (Variable)sum, (Variable)next),
    };
}
