using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The softmax along an axis; before opset 13, over all axes from one on.</summary>
internal sealed class Softmax : IOperator
{
    public string Name => nameof(Softmax);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        var axis = call.SampleAxis(x, call.Integer("axis", call.Opset < 13 ? 1 : -1));
        long[] sample = x.SampleShape;
        if (call.Opset < 13)
        {
            if (axis > 0)
                return
                [
                    new Variable(
                        Along(call, call.Network.As(x.Node, [Product(sample.Take(axis)), Product(sample.Skip(axis))]), 1),
                        x.Shape,
                        x.HasBatch),
                ];
            return [new Variable(Along(call, call.Network.As(x.Node, [Product(sample)]), 0), x.Shape, x.HasBatch)];
        }

        return [new Variable(Along(call, call.Network.As(x.Node, sample), axis), x.Shape, x.HasBatch)];
    }

    private static Graphs.GraphNode Along(OperatorCall call, Graphs.GraphNode node, int axis) =>
        call.Network.Softmax(call.Name, node, axis);

    private static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}
