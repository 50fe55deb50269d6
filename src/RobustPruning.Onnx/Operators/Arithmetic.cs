using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>What sums, differences, products and quotients of two values share.</summary>
internal static class Arithmetic
{
    /// <summary>The result for two constants.</summary>
    public static ComputedConstant Fold(OperatorCall call, Func<Tensor, Tensor, Tensor> compute)
    {
        var (first, second) = (call.Constant(0), call.Constant(1));
        if (first.IsWhole != second.IsWhole)
            throw call.Refuse("its inputs have different types.");
        call.Network.Limits.Spend(Shape(call, first, second));
        return new ComputedConstant(compute(first.Read(), second.Read()).to(first.Type));
    }

    /// <summary><c>scale ⊙ x + shift</c> for a value and a constant, of which scale and shift are made.</summary>
    public static Variable Rescale(OperatorCall call, Variable x, ConstantValue constant, Func<Tensor, (Tensor Scale, Tensor Shift)> make)
    {
        RequireSameBatch(call, x, constant);
        long[] shape = [.. Shape(call, x, constant).Skip(x.BatchShape.Length)];
        var expanded = call.Expanded(x, shape);
        var node = expanded.Node;
        long[] sizes = [1];
        if (constant.Count > 1)
        {
            node = call.Network.As(node, shape);
            sizes = Sizes.Lengthen([.. constant.Shape.Skip(Math.Max(0, constant.Shape.Count - shape.Length))], shape.Length);
        }

        var (scale, shift) = make(constant.Floats().reshape(sizes));
        return new Variable(call.Network.Rescaling(call.Name, node, scale, shift), expanded.Shape, x.HasBatch);
    }

    /// <summary>The sum of two values of the graph, of which the second may have a factor.</summary>
    public static Variable Sum(OperatorCall call, Variable first, Variable second, double factor = 1)
    {
        RequireSameBatch(call, first, second);
        RequireSameBatch(call, second, first);
        long[] shape = [.. Shape(call, first, second).Skip(first.BatchShape.Length)];
        (first, second) = (call.Expanded(first, shape), call.Expanded(second, shape));
        var other = call.Network.As(second.Node, first.Node.Shape);
        if (factor != 1)
            other = call.Network.Rescaling($"{call.Name}/factor", other, tensor([(float)factor]), zeros(1));
        return new Variable(call.Network.Addition(call.Name, [first.Node, other]), first.Shape, first.HasBatch);
    }

    /// <summary>The product of two values of the graph.</summary>
    public static Variable Product(OperatorCall call, Variable first, Variable second)
    {
        RequireSameBatch(call, first, second);
        RequireSameBatch(call, second, first);
        if (first.Shape.SequenceEqual(second.Shape) && Gates.Find(call.Network, first.Node, second.Node) is var (function, of, factor))
        {
            var value = call.Network.Function(factor == 1 ? call.Name : $"{call.Name}/function", of, function);
            return new Variable(
                factor == 1 ? value : call.Network.Rescaling(call.Name, value, tensor([(float)factor]), zeros(1)),
                first.Shape,
                first.HasBatch);
        }

        long[] shape = [.. Shape(call, first, second).Skip(first.BatchShape.Length)];
        (first, second) = (call.Expanded(first, shape), call.Expanded(second, shape));
        return new Variable(
            call.Network.Product(call.Name, first.Node, call.Network.As(second.Node, first.Node.Shape)),
            first.Shape,
            first.HasBatch);
    }

    private static long[] Shape(OperatorCall call, Value first, Value second) => Sizes.Broadcast(first.Shape, second.Shape)
        ?? throw call.Refuse($"the shapes [{string.Join(", ", first.Shape)}] and [{string.Join(", ", second.Shape)}] do not broadcast.");

    /// <summary>Refuses another value that has as many axes or more and differs along the batch.</summary>
    private static void RequireSameBatch(OperatorCall call, Variable value, Value other)
    {
        if (!value.HasBatch || other.Shape.Count < value.Shape.Count)
            return;
        if (other.Shape.Count > value.Shape.Count || (other.Shape[0] != 1 && (other is ConstantValue || other.Shape[0] != value.Shape[0])))
            throw call.MixesBatch();
    }
}
