using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The square root of what is nowhere negative, with a constant added: the deviation in a normalisation.</summary>
internal sealed class Sqrt : IOperator
{
    public string Name => nameof(Sqrt);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        if (call.Input(0) is ConstantValue constant)
            return [new ComputedConstant(constant.Floats().sqrt())];
        var x = call.VariableInput(0);
        if (call.Network.Unshaped(x.Node) is not RescalingNode { Constants: var constants } sum || constants.scale.ne(1).any().item<bool>()
            || constants.shift.numel() != 1 || !(constants.shift.item<float>() is > 0 and var epsilon) || !NonNegative.Is(sum.Input))
            throw call.Refuse("only roots of a positive number plus what is nowhere negative are supported.");
        return
        [
            new Variable(
                call.Network.As(call.Network.Function(call.Name, sum.Input, ScalarFunction.SquareRoot, epsilon), x.Node.Shape),
                x.Shape,
                x.HasBatch),
        ];
    }
}

/// <summary>One by a square root.</summary>
internal sealed class Reciprocal : IOperator
{
    public string Name => nameof(Reciprocal);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call) => call.Input(0) is ConstantValue constant
        ? [new ComputedConstant(1 / constant.Floats())]
        : [Of(call, call.VariableInput(0)) ?? throw call.Refuse("only reciprocals of square roots are supported.")];

    /// <summary>The reciprocal of a square root; null of another value.</summary>
    public static Variable? Of(OperatorCall call, Variable x) =>
        call.Network.Unshaped(x.Node) is ScalarFunctionNode { Function: ScalarFunction.SquareRoot } root
            ? new Variable(
                call.Network.As(
                    call.Network.Function(call.Name, root.PreActivation, ScalarFunction.InverseSquareRoot, root.Epsilon),
                    x.Node.Shape),
                x.Shape,
                x.HasBatch)
            : null;
}

/// <summary>A power with a constant exponent of 2.</summary>
internal sealed class Pow : IOperator
{
    public string Name => nameof(Pow);

    public long FirstOpset => 7;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var exponent = call.Number(1);
        if (call.Input(0) is ConstantValue constant && exponent is { } power)
            return [new ComputedConstant(constant.Floats().pow(power).to(constant.Type))];
        var x = call.VariableInput(0);
        return exponent == 2 ? [new Variable(call.Network.Function(call.Name, x.Node, ScalarFunction.Square), x.Shape, x.HasBatch)]
            : throw call.Refuse($"its exponent is {exponent}; only 2 is supported.");
    }
}
