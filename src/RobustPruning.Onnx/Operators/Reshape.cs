using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The same values in a constant shape; 0 stands for the input's size there, −1 for whatever is left.</summary>
internal sealed class Reshape : IOperator
{
    public string Name => nameof(Reshape);

    public long FirstOpset => 5;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var (x, given) = (call.Input(0), call.RequireIntegers(1));
        var keepsZeros = call.Integer("allowzero", 0) != 0;
        long[] shape = [.. given.Select((size, axis) => size != 0 || keepsZeros ? size : axis < x.Shape.Count ? x.Shape[axis] : 0)];
        var open = Array.IndexOf(shape, -1);
        if (open >= 0)
        {
            var others = Sizes.Count([.. shape.Where((_, axis) => axis != open)]);
            if (others is null or 0 || x.Count % others != 0)
                throw Misfit();
            shape[open] = x.Count / others.Value;
        }

        return Sizes.Count(shape) == x.Count ? [call.Reshaped(x, shape)] : throw Misfit();

        // Read as a batch, a fixed shape may fit no single sample.
        OnnxException Misfit() =>
            call.Refuse($"the shape [{string.Join(", ", given)}] does not fit the {x.Count} values of [{string.Join(", ", x.Shape)}].");
    }
}
