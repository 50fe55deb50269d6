using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Tensors as plain numbers, for oracles in plain C#.</summary>
internal static class TensorValues
{
    /// <summary>All values in row-major order.</summary>
    public static double[] Numbers(this Tensor values)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return values.to(float64).contiguous().flatten().data<double>().ToArray();
    }

    /// <summary>The greatest absolute difference of two tensors of one shape.</summary>
    public static double Gap(Tensor first, Tensor second)
    {
        Assert.That(first.shape, Is.EqualTo(second.shape));
        return first.Numbers().Zip(second.Numbers(), (a, b) => Math.Abs(a - b)).Max();
    }

    /// <summary>Sets a tensor's values in place, in row-major order.</summary>
    public static void Set(this Tensor target, params double[] values)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        target.copy_(tensor(values, target.shape, dtype: target.dtype));
    }
}
