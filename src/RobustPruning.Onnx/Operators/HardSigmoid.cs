using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary><c>min(max(alpha·x + beta, 0), 1)</c>.</summary>
internal sealed class HardSigmoid : IOperator
{
    public string Name => nameof(HardSigmoid);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        var (alpha, beta) = ((float)call.Float("alpha", 0.2f), (float)call.Float("beta", 0.5f));
        var line = call.Network.Rescaling($"{call.Name}/line", x.Node, tensor([alpha]), tensor([beta]));
        return [new Variable(call.Network.Clip(call.Name, line, 0, 1), x.Shape, x.HasBatch)];
    }
}
