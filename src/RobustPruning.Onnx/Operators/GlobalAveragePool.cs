using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The mean of each channel.</summary>
internal sealed class GlobalAveragePool : IOperator
{
    public string Name => nameof(GlobalAveragePool);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var map = new FeatureMap(call);
        return [map.Result(call.Network.GlobalAveragePool(call.Name, map.Flat), map.Channels, [.. map.Sizes.Select(_ => 1L)])];
    }
}
