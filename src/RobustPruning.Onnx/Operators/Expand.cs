using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>Values repeated along axes of size 1, to a constant shape.</summary>
internal sealed class Expand : IOperator
{
    public string Name => nameof(Expand);

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var (x, given) = (call.Input(0), call.RequireIntegers(1));
        var shape = Sizes.Broadcast(x.Shape, given)
            ?? throw call.Refuse($"[{string.Join(", ", x.Shape)}] does not broadcast to [{string.Join(", ", given)}].");
        if (x.HasBatch && (shape.Length != x.Shape.Count || shape[0] != x.Shape[0]))
            throw call.MixesBatch();
        return [call.Moved(x, call.PlacesOf(x).Expand([.. shape.Skip(x.BatchShape.Length)]))];
    }
}
