using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// <c>x</c> where x ≥ 0, <c>a·x</c> elsewhere, with constant slopes a: a leaky ReLU, or with several slopes <c>a·x + (1 − a)·max(x, 0)</c>.
/// </summary>
internal sealed class PRelu : IOperator
{
    public string Name => nameof(PRelu);

    public long FirstOpset => 7;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var (x, slopes) = (call.VariableInput(0), call.Constant(1));
        using var values = slopes.Floats();
        if (values.numel() > 0 && values.eq(values.flatten()[0]).all().item<bool>() && slopes.Shape.Count <= x.Shape.Count)
            return [new Variable(call.Network.LeakyRelu(call.Name, x.Node, values.flatten()[0].item<float>()), x.Shape, x.HasBatch)];
        var positive = new Variable(call.Network.Relu($"{call.Name}/relu", x.Node), x.Shape, x.HasBatch);
        var below = Arithmetic.Rescale(call, x, slopes, a => (a, zeros(1)));
        var above = Arithmetic.Rescale(call, positive, slopes, a => (1 - a, zeros(1)));
        return [Arithmetic.Sum(call, below, above)];
    }
}
