using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The shape of a value, or some of it: a constant.</summary>
internal sealed class Shape : IOperator
{
    public string Name => nameof(Shape);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var shape = call.Input(0).Shape;
        var start = Place(call.Integer("start", 0));
        return [ComputedConstant.Of([.. shape.Skip(start).Take(Place(call.Integer("end", shape.Count)) - start)])];

        int Place(long given) => (int)Math.Clamp(given < 0 ? given + shape.Count : given, 0, shape.Count);
    }
}
