using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The product of two values.</summary>
internal sealed class Mul : IOperator
{
    public string Name => nameof(Mul);

    public long FirstOpset => 7;

    public IReadOnlyList<Value> Lower(OperatorCall call) => (call.Input(0), call.Input(1)) switch
    {
        (ConstantValue, ConstantValue) => [Arithmetic.Fold(call, (first, second) => first * second)],
        (Variable x, ConstantValue) => [Arithmetic.Rescale(call, x, call.Constant(1), values => (values, zeros(1)))],
        (ConstantValue, Variable x) => [Arithmetic.Rescale(call, x, call.Constant(0), values => (values, zeros(1)))],
        _ => [Arithmetic.Product(call, call.VariableInput(0), call.VariableInput(1))],
    };
}
