using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The values at constant positions of an axis.</summary>
internal sealed class Gather : IOperator
{
    public string Name => nameof(Gather);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var axis = call.SampleAxis(x, call.Integer("axis", 0));
        var (sample, size) = (x.SampleShape, x.SampleShape[axis]);
        long[] positions = [.. call.RequireIntegers(1).Select(position => position >= -size && position < size
            ? position < 0 ? position + size : position
            : throw call.Refuse($"it takes position {position} of {size}."))];
        var places = call.PlacesOf(x).Select(axis, positions);
        return [call.Moved(x, places.Reshape([.. sample.Take(axis), .. call.Input(1).Shape, .. sample.Skip(axis + 1)]))];
    }
}
