using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The product of a matrix of rows with a constant matrix, or the other way round, and something added.</summary>
internal sealed class Gemm : IOperator
{
    public string Name => nameof(Gemm);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        // Of opset 6: as always since.
        if (call.Opset < 7)
            call.Ignore("broadcast");
        bool turnsFirst = call.Integer("transA", 0) != 0, turnsSecond = call.Integer("transB", 0) != 0;
        double alpha = call.Float("alpha", 1), beta = call.Float("beta", 1);
        if (call.Input(0).Shape.Count != 2 || call.Input(1).Shape.Count != 2)
            throw call.Refuse("it multiplies matrices, values with two axes.");

        // A constant from the left multiplies columns, which is the rows of the transposes.
        var isLeft = call.Input(0) is ConstantValue && call.Input(1) is Variable;
        var (x, matrix) = (call.VariableInput(isLeft ? 1 : 0), call.Constant(isLeft ? 0 : 1));
        if (x.HasBatch && (isLeft || turnsFirst))
            throw call.MixesBatch();
        var hasRows = isLeft ? turnsSecond : !turnsFirst;
        var isStraight = isLeft ? !turnsFirst : turnsSecond;
        var (rows, inputs) = hasRows ? (x.Shape[0], x.Shape[1]) : (x.Shape[1], x.Shape[0]);
        var (outputs, width) = isStraight ? (matrix.Shape[0], matrix.Shape[1]) : (matrix.Shape[1], matrix.Shape[0]);
        if (width != inputs)
            throw call.Refuse($"[{string.Join(", ", x.Shape)}] and [{string.Join(", ", matrix.Shape)}] do not fit.");
        long[] shape = isLeft ? [outputs, rows] : [rows, outputs];
        var added = call.Has(2) && beta != 0 ? call.Input(2) as ConstantValue : null;
        if (added is not null && Sizes.Broadcast(added.Shape, shape)?.SequenceEqual(shape) != true)
            throw call.Refuse($"it adds [{string.Join(", ", added.Shape)}] to [{string.Join(", ", shape)}].");
        if (x.HasBatch)
            rows = 1;

        // The same for every row: the layer's bias. Otherwise it is added behind.
        var isBias = added is not null && !isLeft && (added.Shape.Count < 2 || added.Shape[0] == 1);
        if (x.HasBatch && added is not null && !isBias)
            throw call.MixesBatch();
        var bias = isBias ? (added!.Floats() * beta).broadcast_to(1, outputs).flatten() : null;
        var product = new Product(1, outputs, inputs, weight => Fill(weight, matrix, isStraight, alpha), bias);
        var node = product.Lower(call, x.Node, rows, isTurned: hasRows, turnsResult: !isLeft);
        if (added is not null && !isBias)
            node = call.Network.Rescaling(
                $"{call.Name}/added", call.Network.As(node, shape), ones(1), added.Floats().reshape(Sizes.Lengthen(added.Shape, 2)) * beta);
        var result = new Variable(node, shape, x.HasBatch);
        return [call.Has(2) && call.Input(2) is Variable other && beta != 0 ? Arithmetic.Sum(call, result, other, beta) : result];
    }

    private static void Fill(Tensor weight, ConstantValue matrix, bool isStraight, double alpha)
    {
        if (isStraight && alpha == 1)
        {
            matrix.CopyTo(weight);
            return;
        }

        using var scope = NewDisposeScope();
        var values = matrix.Floats();
        new ComputedConstant((isStraight ? values : values.t()) * alpha).CopyTo(weight);
    }
}
