using static TorchSharp.torch;

namespace RobustPruning.Onnx.Constants;

/// <summary>A constant in memory.</summary>
/// <param name="values">32-bit floating point or 64-bit whole numbers; they live as long as the scope that holds them.</param>
internal sealed class ComputedConstant(Tensor values) : ConstantValue(values.shape, values.dtype == int64)
{
    public override Tensor Read() => values.alias();

    /// <summary>A list of whole numbers.</summary>
    public static ComputedConstant Of(IReadOnlyList<long> numbers) => new(tensor(numbers.ToArray(), dtype: int64));

    /// <summary>The same constant for the scope around the current one.</summary>
    public ComputedConstant Outlive() => new(values.MoveToOuterDisposeScope());
}
