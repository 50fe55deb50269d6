using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>Axes of size 1 left out.</summary>
internal sealed class Squeeze : IOperator
{
    public string Name => nameof(Squeeze);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var axes = call.Opset < 13 ? call.Integers("axes") : call.Integers(1);
        int[] gone = axes is null
            ? [.. Enumerable.Range(0, x.Shape.Count).Where(axis => x.Shape[axis] == 1)]
            : [.. axes.Select(axis => call.Axis(axis, x.Shape.Count))];
        if (gone.FirstOrDefault(axis => x.Shape[axis] != 1, -1) is >= 0 and var wide)
            throw call.Refuse($"axis {wide} has the size {x.Shape[wide]}, not 1.");
        if (x.HasBatch && gone.Contains(0))
            throw call.MixesBatch();
        return [call.Reshaped(x, [.. x.Shape.Where((_, axis) => !gone.Contains(axis))])];
    }
}
