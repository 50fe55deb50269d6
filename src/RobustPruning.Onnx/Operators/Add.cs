using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The sum of two values, of which one may be constant.</summary>
internal sealed class Add : IOperator
{
    public string Name => nameof(Add);

    public long FirstOpset => 7;

    public IReadOnlyList<Value> Lower(OperatorCall call) => (call.Input(0), call.Input(1)) switch
    {
        (ConstantValue, ConstantValue) => [Arithmetic.Fold(call, (first, second) => first + second)],
        (Variable x, ConstantValue) => [Arithmetic.Rescale(call, x, call.Constant(1), values => (ones(1), values))],
        (ConstantValue, Variable x) => [Arithmetic.Rescale(call, x, call.Constant(0), values => (ones(1), values))],
        _ => [Arithmetic.Sum(call, call.VariableInput(0), call.VariableInput(1))],
    };
}
