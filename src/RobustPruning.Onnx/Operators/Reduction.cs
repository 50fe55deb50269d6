using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// The mean, or the sum, of all values along some axes: attributes at first, since opset 18 (13 for sums) a constant input.
/// </summary>
internal sealed class Reduction(string name, bool isSum) : IOperator
{
    public string Name => name;

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var given = call.Opset < (isSum ? 13 : 18) ? call.Integers("axes") : call.Integers(1);
        var (keeps, copies) = (call.Integer("keepdims", 1) != 0, call.Integer("noop_with_empty_axes", 0) != 0);
        if (given is null or [] && copies)
            return [x];
        int[] axes = given is null or []
            ? [.. Enumerable.Range(0, x.Shape.Count)]
            : [.. given.Select(axis => call.Axis(axis, x.Shape.Count)).Distinct().Order()];
        long[] shape =
        [
            .. x.Shape.Select((size, axis) => axes.Contains(axis) ? 1 : size).Where((_, axis) => keeps || !axes.Contains(axis)),
        ];
        if (x is ConstantValue constant)
            return [Fold(call, constant, axes, shape)];
        if (x.HasBatch && axes.Contains(0))
            throw call.MixesBatch();
        return [new Variable(Reduce(call, (Variable)x, [.. axes.Select(axis => axis - x.BatchShape.Length)]), shape, x.HasBatch)];
    }

    private Graphs.GraphNode Reduce(OperatorCall call, Variable x, int[] axes)
    {
        long[] sample = x.SampleShape;
        int[] kept = [.. Enumerable.Range(0, sample.Length).Except(axes)];
        long outputs = kept.Aggregate(1L, (product, axis) => product * sample[axis]),
            count = axes.Aggregate(1L, (product, axis) => product * sample[axis]);
        var node = x.Node;

        // The axes go last, and are one axis of a map.
        if (axes.Length > 0 && kept.Length > 0 && kept.Max() > axes.Min())
            node = call.Network.Rearrangement($"{call.Name}/turned", node, call.PlacesOf(x).Transpose([.. kept, .. axes]));
        var isSpatial = x.Node.Shape.Count == 3 && ReferenceEquals(node, x.Node) && x.Node.Channels == outputs;
        var mean = call.Network.GlobalAveragePool(
            isSum ? $"{call.Name}/mean" : call.Name,
            isSpatial ? node : call.Network.As(node, [outputs, count, 1]));
        return isSum ? call.Network.Rescaling(call.Name, mean, tensor([(float)count]), zeros(1)) : mean;
    }

    private ComputedConstant Fold(OperatorCall call, ConstantValue constant, int[] axes, long[] shape)
    {
        call.Network.Limits.Spend(constant.Count);
        long[] dimensions = [.. axes.Select(axis => (long)axis)];
        var values = constant.Floats();
        var reduced = dimensions.Length == 0 ? values : isSum ? values.sum(dimensions) : values.mean(dimensions);
        return new ComputedConstant(reduced.reshape(shape).to(constant.Type));
    }
}
