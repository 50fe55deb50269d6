using static TorchSharp.torch;

namespace RobustPruning.Onnx.Constants;

/// <summary>A value that no input changes. Whole numbers and truth values are 64-bit tensors, all others 32-bit floating point.</summary>
internal abstract class ConstantValue(IReadOnlyList<long> shape, bool isWhole) : Value(shape, hasBatch: false)
{
    /// <summary>Whether its numbers are whole by type.</summary>
    public bool IsWhole => isWhole;

    /// <summary>The type of <see cref="Read"/>.</summary>
    public ScalarType Type => isWhole ? int64 : float32;

    /// <summary>The values, in a tensor that belongs to the current scope.</summary>
    public abstract Tensor Read();

    /// <summary>Puts the values, in row-major order, into a tensor of as many.</summary>
    public virtual void CopyTo(Tensor target)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        target.copy_(Read().reshape(target.shape));
    }

    /// <summary>The values as whole numbers, of which there may be few only.</summary>
    public long[] Integers()
    {
        using var scope = NewDisposeScope();
        return Count == 0 ? [] : Read().to(int64).flatten().data<long>().ToArray();
    }

    /// <summary>The values as 32-bit floating point numbers.</summary>
    public Tensor Floats() => Read().to(float32);
}
