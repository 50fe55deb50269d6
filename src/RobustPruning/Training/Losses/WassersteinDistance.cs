using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// The Wasserstein distance W_p of two samples of equal size on the real line: with both sorted, W_p^p is the mean of |a₍ₖ₎ − b₍ₖ₎|^p.
/// Differentiable.
/// </summary>
public static class WassersteinDistance
{
    /// <summary>W_p. Where it is 0 its gradient counts as 0.</summary>
    /// <param name="first">A sample along the first dimension, <c>[n, ...]</c>, n at least 1.</param>
    /// <param name="second">The other sample, of the same shape.</param>
    /// <param name="order">The order p; at least 1 and finite.</param>
    /// <returns>One distance for each of the other dimensions, <c>[...]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The samples are empty or have different shapes.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is below 1 or not finite.</exception>
    public static Tensor Of(Tensor first, Tensor second, double order = 2)
    {
        using var scope = NewDisposeScope();
        var power = ToThePower(first, second, order);

        // The root is steep at 0; there the samples are equal, and no direction is downhill.
        var positive = power.gt(Scalars.Of(0));
        return where(positive, where(positive, power, ones_like(power)).pow(Scalars.Of(1 / order)), zeros_like(power))
            .MoveToOuterDisposeScope();
    }

    /// <summary>W_p^p, smooth where the distance is not.</summary>
    /// <inheritdoc cref="Of"/>
    public static Tensor ToThePower(Tensor first, Tensor second, double order = 2)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        RequireOrder(order, nameof(order));
        if (first.dim() == 0 || first.shape[0] == 0 || !first.shape.SequenceEqual(second.shape))
        {
            throw new ArgumentException(
                $"The samples are [{string.Join(", ", first.shape)}] and [{string.Join(", ", second.shape)}], but must be of one shape "
                + $"[n, ...], n at least 1.",
                nameof(second));
        }

        using var scope = NewDisposeScope();
        return (first.sort(0).Values - second.sort(0).Values).abs().pow(Scalars.Of(order)).mean([0]).MoveToOuterDisposeScope();
    }

    internal static void RequireOrder(double order, string name)
    {
        if (!(order >= 1 && double.IsFinite(order)))
            throw new ArgumentOutOfRangeException(name, order, "The order is at least 1 and finite.");
    }
}
