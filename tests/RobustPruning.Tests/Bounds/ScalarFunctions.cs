using RobustPruning.Graphs;

namespace RobustPruning.Tests.Bounds;

/// <summary>The smooth functions from their definitions, one number at a time.</summary>
internal static class ScalarFunctions
{
    public const double Epsilon = 1e-3;

    /// <summary>The value, in 64-bit numbers.</summary>
    public static double Value(ScalarFunction function, double z) => function switch
    {
        ScalarFunction.Silu => z > 0 ? z / (1 + Math.Exp(-z)) : z * Math.Exp(z) / (1 + Math.Exp(z)),
        ScalarFunction.Gelu => z * (1 + Erf(z / Math.Sqrt(2))) / 2,
        ScalarFunction.GeluTanh => z * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (z + (0.044715 * z * z * z)))) / 2,
        ScalarFunction.Hardswish => z <= -3 ? 0 : z >= 3 ? z : z * (z + 3) / 6,
        ScalarFunction.Erf => Erf(z),
        ScalarFunction.Square => z * z,
        ScalarFunction.SquareRoot => Math.Sqrt(Math.Max(z, 0) + Epsilon),
        _ => Math.Pow(Math.Max(z, 0) + Epsilon, -0.5),
    };

    /// <summary>A node of it.</summary>
    public static ScalarFunctionNode Node(ScalarFunction function)
    {
        var builder = new GraphBuilder([1]);
        var isRoot = function is ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot;
        return (ScalarFunctionNode)
            builder.Function("f", isRoot ? builder.Relu("relu", builder.Input) : builder.Input, function, isRoot ? Epsilon : 0);
    }

    /// <summary>The series 2/√π e^(−z²) Σ 2ᵏ z^(2k+1) / (2k+1)!!, whose terms have one sign.</summary>
    public static double Erf(double z)
    {
        if (Math.Abs(z) > 6)
            return Math.Sign(z);
        double term = z, sum = 0;
        for (var k = 1; k < 400; k++)
        {
            sum += term;
            term *= 2 * z * z / ((2 * k) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-z * z) * sum;
    }
}
