using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The axes in another order, by default the reverse.</summary>
internal sealed class Transpose : IOperator
{
    public string Name => nameof(Transpose);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        int[] order = call.Integers("perm") is { } given
            ? [.. given.Select(axis => call.Axis(axis, x.Shape.Count))]
            : [.. Enumerable.Range(0, x.Shape.Count).Reverse()];
        if (order.Length != x.Shape.Count || order.Distinct().Count() != order.Length)
            throw call.Refuse($"[{string.Join(", ", order)}] is no order of {x.Shape.Count} axes.");
        if (!x.HasBatch)
            return [call.Moved(x, call.PlacesOf(x).Transpose(order))];
        if (order[0] != 0)
            throw call.MixesBatch();
        return [call.Moved(x, call.PlacesOf(x).Transpose([.. order.Skip(1).Select(axis => axis - 1)]))];
    }
}
