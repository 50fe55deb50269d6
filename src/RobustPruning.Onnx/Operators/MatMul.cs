using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The products of the matrices in the last two axes of a value and of a constant, whichever comes first.</summary>
internal sealed class MatMul : IOperator
{
    public string Name => nameof(MatMul);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        if (call.Input(0) is Variable && call.Input(1) is Variable)
            throw call.Refuse("it multiplies two values that depend on the input; only products with constants are supported.");
        var isLeft = call.Input(0) is ConstantValue && call.Input(1) is Variable;
        var (x, matrix) = (call.VariableInput(isLeft ? 1 : 0), call.Constant(isLeft ? 0 : 1));
        if (x.Shape.Count == 0 || matrix.Shape.Count == 0)
            throw call.Refuse("it multiplies a number without axes.");

        // A vector is a row from the left, a column from the right.
        long[] shape = x.Shape.Count > 1 ? [.. x.Shape] : isLeft ? [.. x.Shape, 1] : [1, .. x.Shape];
        long[] weights = matrix.Shape.Count > 1 ? [.. matrix.Shape] : isLeft ? [1, .. matrix.Shape] : [.. matrix.Shape, 1];
        long columns = isLeft ? shape[^1] : shape[^2], inputs = isLeft ? shape[^2] : shape[^1];
        var (outputs, width) = isLeft ? (weights[^2], weights[^1]) : (weights[^1], weights[^2]);
        var lead = Sizes.Broadcast(shape[..^2], weights[..^2]);
        if (lead is null || width != inputs || outputs == 0)
            throw call.Refuse($"[{string.Join(", ", x.Shape)}] and [{string.Join(", ", matrix.Shape)}] do not fit.");
        RequireSameBatch(call, x, isLeft, shape, weights, lead);

        long[] result = [.. lead, .. isLeft ? new[] { outputs, columns } : [columns, outputs]];
        long[] kept = [.. result.Where((_, axis) => (x.Shape.Count > 1 || axis != result.Length - (isLeft ? 1 : 2))
            && (matrix.Shape.Count > 1 || axis != result.Length - (isLeft ? 2 : 1)))];
        if (x.HasBatch)
            (lead, columns) = lead.Length == 0 ? (lead, 1) : (lead[1..], columns);
        var bias = isLeft || matrix.Shape.Count != 2 ? null : call.TakeBias(1, outputs, kept.Length);
        return
        [
            new Variable(Multiply(call, x, matrix, isLeft, lead, columns, inputs, outputs, bias?.Floats().flatten()), kept, x.HasBatch),
        ];
    }

    private static Graphs.GraphNode Multiply(
        OperatorCall call, Variable x, ConstantValue matrix, bool isLeft, long[] lead, long columns, long inputs, long outputs,
        Tensor? bias)
    {
        long[] values = isLeft ? [.. lead, inputs, columns] : [.. lead, columns, inputs];
        var node = x.Node;
        var count = call.Network.Limits.Require(lead);
        if (node.Neurons != call.Network.Limits.Require(values))
            node = call.Network.Rearrangement($"{call.Name}/expand", node, call.PlacesOf(x).Expand(values));
        if (matrix.Count != inputs * outputs)
        {
            var many = new Product(
                count,
                outputs,
                inputs,
                weight => Fill(weight, matrix, isLeft, [.. lead, .. isLeft ? new[] { outputs, inputs } : [inputs, outputs]]));
            return many.Lower(call, node, columns, isTurned: !isLeft, turnsResult: !isLeft);
        }

        var one = new Product(
            1,
            outputs,
            inputs,
            weight => Fill(weight, matrix, isLeft, isLeft ? [outputs, inputs] : [inputs, outputs]),
            bias);
        if (!isLeft || count == 1)
            return one.Lower(call, node, count * columns, isTurned: !isLeft, turnsResult: !isLeft);

        // One matrix for the columns of many: they are put side by side, and back.
        var limits = call.Network.Limits;
        var side = call.Network.Rearrangement($"{call.Name}/side", node, Places.Of([count, inputs, columns], limits).Transpose([1, 0, 2]));
        var product = one.Lower(call, side, count * columns, isTurned: false, turnsResult: false);
        return call.Network.Rearrangement($"{call.Name}/back", product, Places.Of([outputs, count, columns], limits).Transpose([1, 0, 2]));
    }

    private static void RequireSameBatch(OperatorCall call, Variable x, bool isLeft, long[] shape, long[] weights, long[] lead)
    {
        if (!x.HasBatch)
            return;
        var isRow = shape.Length == 2;
        if (x.Shape.Count == 1 || (isRow && (isLeft || lead.Length > 0)))
            throw call.MixesBatch();
        if (!isRow && (lead.Length > shape.Length - 2 || lead[0] != shape[0] || (weights.Length == shape.Length && weights[0] != 1)))
            throw call.MixesBatch();
    }

    // Each matrix as the rows of a layer's weights.
    private static void Fill(Tensor weight, ConstantValue matrix, bool isLeft, long[] shape)
    {
        if (isLeft && matrix.Count == weight.numel())
        {
            matrix.CopyTo(weight);
            return;
        }

        using var scope = NewDisposeScope();
        long[] sizes = matrix.Shape.Count > 1 ? [.. matrix.Shape.Skip(matrix.Shape.Count - shape.Length)] : shape;
        var all = matrix.Floats().reshape(sizes).broadcast_to(shape);
        new ComputedConstant(isLeft ? all : all.transpose(-1, -2)).CopyTo(weight);
    }
}
