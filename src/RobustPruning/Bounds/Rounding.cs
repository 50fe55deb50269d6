using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>How coarse the numbers of a tensor are.</summary>
internal static class Rounding
{
    /// <summary>The step from 1 to the next greater number.</summary>
    public static double Epsilon(Tensor values) => values.dtype switch
    {
        ScalarType.Float64 => Math.Pow(2, -52),
        ScalarType.Float32 => Math.Pow(2, -23),
        ScalarType.Float16 => Math.Pow(2, -10),
        _ => Math.Pow(2, -7),
    };

    /// <summary>A little more than the smallest number with all its digits: products below it are off by as much.</summary>
    public static double Underflow(Tensor values) => values.dtype switch
    {
        ScalarType.Float64 => 1e-307,
        ScalarType.Float16 => 1e-4,
        _ => 1e-37,
    };
}
