using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>Euclidean norms in 64-bit numbers, rounded upwards. Gradients end here: these are norms of what rounding loses.</summary>
internal static class EuclideanNorm
{
    // Squares of smaller numbers vanish.
    private const double Vanishing = 1e-150;

    /// <summary>No less than the norm of each row, <c>[B]</c>.</summary>
    /// <param name="values"><c>[B, ...]</c>, 64-bit.</param>
    public static Tensor Upper(Tensor values)
    {
        using var scope = NewDisposeScope();
        var count = values.numel() / values.shape[0];
        return (values.detach().flatten(1).Squared().sum([1]).sqrt() * Scalars.Of(Growth(count)))
            .Plus(Scalars.Of(Lost(count)))
            .MoveToOuterDisposeScope();
    }

    /// <summary>No less than the root of a sum of so many squares.</summary>
    public static double Upper(double sumOfSquares, long count) => (Math.Sqrt(sumOfSquares) * Growth(count)) + Lost(count);

    private static double Growth(long count) => 1 + Rounding.Gamma(count + 8, Rounding.Epsilon(ScalarType.Float64));

    private static double Lost(long count) => Math.Sqrt(count) * Vanishing;
}
