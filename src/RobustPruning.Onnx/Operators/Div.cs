using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>A value divided by a constant: a product with the reciprocal, in 32 bits.</summary>
internal sealed class Div : IOperator
{
    public string Name => nameof(Div);

    public long FirstOpset => 7;

    public IReadOnlyList<Value> Lower(OperatorCall call) => (call.Input(0), call.Input(1)) switch
    {
        (ConstantValue, ConstantValue) => [Arithmetic.Fold(call, Quotient)],
        (Variable x, ConstantValue) => [Arithmetic.Rescale(call, x, call.Constant(1), values => (values.reciprocal(), zeros(1)))],
        (var x, Variable y) when Reciprocal.Of(call, y) is { } factor =>
            [Arithmetic.Product(call, call.ToVariable(x, $"{call.Name}/constant"), factor)],
        _ => throw call.Refuse("it divides by a value that depends on the input; only constants and square roots are supported there."),
    };

    // Whole numbers are rounded towards zero.
    private static Tensor Quotient(Tensor first, Tensor second) =>
        first.dtype != int64 ? first / second
        : second.eq(0).any().item<bool>() ? throw new OnnxException("a whole number is divided by zero.")
        : first.div(second, RoundingMode.trunc);
}
