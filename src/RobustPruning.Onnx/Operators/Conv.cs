using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>A convolution over one to three axes.</summary>
internal sealed class Conv : IOperator
{
    public string Name => nameof(Conv);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var map = new FeatureMap(call);
        var weight = call.Constant(1);
        var bias =
            call.Has(2) ? call.Constant(2)
            : weight.Count > 0 ? call.TakeBias(map.Sizes.Length + 1, weight.Shape[0], map.Sizes.Length + 2)
            : null;
        var convolution = new Convolution(weight, bias, call.Integer("group", 1));
        convolution.Require(call, map.Channels, map.Sizes.Length);
        long[] kernel = [.. convolution.Weight.Shape.Skip(2)];
        if (call.Integers("kernel_shape") is { Length: > 0 } stated && !stated.SequenceEqual(kernel))
            throw call.Refuse($"its kernel_shape [{string.Join(", ", stated)}] is not that of its weights, [{string.Join(", ", kernel)}].");
        return [convolution.Lower(call, map, WindowAxis.Read(call, map.Sizes, kernel))];
    }
}
