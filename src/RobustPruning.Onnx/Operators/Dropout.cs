using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The value itself, as always but in training; its mask is true everywhere.</summary>
internal sealed class Dropout : IOperator
{
    public string Name => nameof(Dropout);

    public long FirstOpset => 7;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        call.Ignore("seed");
        var (x, ratio) = (call.Input(0), call.Float("ratio", 0.5));
        if (call.Number(1) is { } given)
            ratio = given;
        if (call.Number(2) is { } training && training != 0 && ratio != 0)
            throw call.Refuse("it is in training mode.");
        if (call.Node.Outputs.Count < 2)
            return [x];
        call.Network.Limits.Spend(x.Shape);
        return [x, new ComputedConstant(ones([.. x.Shape], dtype: int64))];
    }
}
