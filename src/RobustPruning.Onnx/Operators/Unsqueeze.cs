using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>New axes of size 1.</summary>
internal sealed class Unsqueeze : IOperator
{
    public string Name => nameof(Unsqueeze);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var axes = (call.Opset < 13 ? call.Integers("axes") : call.Integers(1)) ?? throw call.Refuse("it has no axes.");
        var count = x.Shape.Count + axes.Length;
        if (count > Sizes.MostAxes)
            throw call.Refuse($"it gives {count} axes; at most {Sizes.MostAxes} are supported.");
        int[] added = [.. axes.Select(axis => call.Axis(axis, count)).Order()];
        if (added.Distinct().Count() != added.Length)
            throw call.Refuse("an axis is added twice.");
        var shape = x.Shape.ToList();
        foreach (var axis in added)
            shape.Insert(axis, 1);
        return [call.Reshaped(x, shape)];
    }
}
