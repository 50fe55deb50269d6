using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>All axes before one as the first, all others as the second.</summary>
internal sealed class Flatten : IOperator
{
    public string Name => nameof(Flatten);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var given = call.Integer("axis", 1);
        var axis = given == x.Shape.Count ? x.Shape.Count : call.Axis(given, x.Shape.Count);
        return [call.Reshaped(x, [Product(x.Shape.Take(axis)), Product(x.Shape.Skip(axis))])];
    }

    private static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}
