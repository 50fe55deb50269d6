using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>How coarse the numbers of a tensor are, and what sums of them may lose.</summary>
internal static class Rounding
{
    /// <summary>What a few 64-bit operations on one value may lose, relative to the values, with room to spare.</summary>
    public const double Arithmetic = 1.0 / (1L << 48);

    /// <summary>What a 64-bit product and a sum may lose, relative to the sum of the absolute values: twice that.</summary>
    public const double OneStep = 1.0 / (1L << 51);

    /// <summary>The step from 1 to the next greater number.</summary>
    public static double Epsilon(Tensor values) => Epsilon(values.dtype);

    /// <summary>The step from 1 to the next greater number.</summary>
    public static double Epsilon(ScalarType type) => type switch
    {
        ScalarType.Float64 => Math.Pow(2, -52),
        ScalarType.Float32 => Math.Pow(2, -23),
        ScalarType.Float16 => Math.Pow(2, -10),
        _ => Math.Pow(2, -7),
    };

    /// <summary>A little more than the smallest number with all its digits: products below it are off by as much.</summary>
    public static double Underflow(Tensor values) => Underflow(values.dtype);

    /// <summary>A little more than the smallest number with all its digits: products below it are off by as much.</summary>
    public static double Underflow(ScalarType type) => type switch
    {
        ScalarType.Float64 => 1e-307,
        ScalarType.Float16 => 1e-4,
        _ => 1e-37,
    };

    /// <summary>
    /// γ = n·u / (1 − n·u): a sum of n rounded products, in any order, is off by at most γ times the sum of their absolute values (Higham,
    /// "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1); infinite where the numbers are too coarse for that.
    /// </summary>
    /// <param name="terms">The number n of terms.</param>
    /// <param name="epsilon">The step from 1 to the next greater number, 2u.</param>
    public static double Gamma(double terms, double epsilon)
    {
        var relative = terms * epsilon / 2;
        return relative < 1 ? relative / (1 - relative) : double.PositiveInfinity;
    }

    /// <summary>Non-negative 64-bit numbers in another type, none smaller than it was, and zero only if it was.</summary>
    public static Tensor Up(Tensor values, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var least = values.gt(Scalars.Of(0)).to(values.dtype) * Scalars.Of(Underflow(type));
        return (values * Scalars.Of(1 + (2 * Epsilon(type)))).maximum(least).to(type).MoveToOuterDisposeScope();
    }
}
