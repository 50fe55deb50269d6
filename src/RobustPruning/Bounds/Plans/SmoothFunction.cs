using MathNet.Numerics;
using RobustPruning.Graphs;

namespace RobustPruning.Bounds;

/// <summary>
/// A function of one number that is smooth between a few places, and what its enclosure needs. Its derivative is monotone between these
/// places.
/// </summary>
/// <param name="Value">The function.</param>
/// <param name="Derivative">The derivative at the first number, of the piece that the second lies in.</param>
/// <param name="Breaks">The places: where it turns from convex to concave or back, and where it has a kink; ascending.</param>
internal sealed record SmoothFunction(Func<double, double> Value, Func<double, double, double> Derivative, params double[] Breaks)
{
    private static readonly double Root = Math.Sqrt(2 / Math.PI);

    /// <summary>eᶻ.</summary>
    public static readonly SmoothFunction Exponential = new(Math.Exp, (z, _) => Math.Exp(z));

    private static readonly SmoothFunction Silu = new(
        z => z * Sigmoid(z),
        (z, _) => Sigmoid(z) * (1 + (z * Sigmoid(-z))), -2.399357280515467668, 2.399357280515467668) { Digits = 1 };

    private static readonly SmoothFunction Gelu = new(
        z => z * Normal(z),
        (z, _) => Normal(z) + (z * Math.Exp(z * z * -0.5) / Math.Sqrt(2 * Math.PI)), -Math.Sqrt(2), Math.Sqrt(2)) { Digits = 1 };

    private static readonly SmoothFunction GeluTanh = new(
        z => z * Sigmoid(Argument(z)),
        (z, _) => Sigmoid(Argument(z)) + Product(z * Sigmoid(Argument(z)) * Sigmoid(-Argument(z)), 2 * Root * (1 + (3 * 0.044715 * z * z))),
        -1.418504008790828356, 1.418504008790828356) { Digits = 1 };

    private static readonly SmoothFunction Hardswish = new(
        z => z * Math.Clamp(z + 3, 0, 6) / 6,
        (z, piece) => piece < -3 ? 0 : piece > 3 ? 1 : ((2 * z) + 3) / 6, -3, 3) { Digits = 1, ZeroBelow = -3, IdentityAbove = 3 };

    private static readonly SmoothFunction Error = new(SpecialFunctions.Erf, (z, _) => 2 / Math.Sqrt(Math.PI) * Math.Exp(-z * z), 0)
    {
        Digits = 1,
    };

    private static readonly SmoothFunction Square = new(z => z * z, (z, _) => 2 * z);

    /// <summary>The argument is known to be no less than this.</summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>
    /// Values and derivatives are off by a few units in the last place of this times the argument and this, besides those of their own.
    /// </summary>
    public double Digits { get; init; }

    /// <summary>
    /// Whether it may be so steep at one number that what rounding has lost, one norm for all numbers, would grow beyond use: each number
    /// then takes its own share as a part of its error.
    /// </summary>
    public bool IsSteep { get; init; }

    /// <summary>It is zero up to here.</summary>
    public double ZeroBelow { get; init; } = double.NegativeInfinity;

    /// <summary>It is its argument from here on.</summary>
    public double IdentityAbove { get; init; } = double.PositiveInfinity;

    /// <summary>1/(n·z) of what is known to be no less than some number, which is positive.</summary>
    public static SmoothFunction Reciprocal(double count, double least) =>
        new(z => 1 / (count * z), (z, _) => -1 / (count * z * z)) { Least = least };

    /// <summary>The function of a node.</summary>
    public static SmoothFunction Of(ScalarFunctionNode node) => node.Function switch
    {
        ScalarFunction.Silu => Silu,
        ScalarFunction.Gelu => Gelu,
        ScalarFunction.GeluTanh => GeluTanh,
        ScalarFunction.Hardswish => Hardswish,
        ScalarFunction.Erf => Error,
        ScalarFunction.Square => Square,
        ScalarFunction.SquareRoot => SquareRoot(node.Epsilon),
        _ => InverseSquareRoot(node.Epsilon),
    };

    private static SmoothFunction SquareRoot(double epsilon) =>
        new(z => Math.Sqrt(z + epsilon), (z, _) => 0.5 / Math.Sqrt(z + epsilon)) { Least = 0, IsSteep = true };

    private static SmoothFunction InverseSquareRoot(double epsilon) => new(
        z => 1 / Math.Sqrt(z + epsilon), (z, _) => -0.5 / (Math.Sqrt(z + epsilon) * (z + epsilon))) { Least = 0, IsSteep = true };

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static double Normal(double z) => SpecialFunctions.Erfc(z / -Math.Sqrt(2)) / 2;

    private static double Argument(double z) => 2 * Root * (z + (0.044715 * z * z * z));

    // Where the first is zero, the second may be infinite.
    private static double Product(double first, double second) => first == 0 ? 0 : first * second;
}
