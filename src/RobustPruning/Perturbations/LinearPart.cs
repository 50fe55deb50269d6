using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// How the directions of an <see cref="AffineTransform"/> change with the image: <c>D_k(x + v) − D_k(x) = a_k v + s_k A(v)</c>, with
/// gains a and s, and with an averaging A: linear, and nowhere negative for a v that is nowhere negative. Immutable.
/// </summary>
public sealed class LinearPart
{
    /// <summary>Directions that change with each value alone, <c>D_k(x + v) − D_k(x) = a_k v</c>.</summary>
    /// <param name="gains">The gain a_k of each parameter; 0 where the direction is the same for all images.</param>
    /// <exception cref="ArgumentException">A gain is not finite.</exception>
    public LinearPart(params IReadOnlyList<double> gains)
        : this(gains, [.. (gains ?? throw new ArgumentNullException(nameof(gains))).Select(_ => 0.0)], values => values)
    {
    }

    /// <summary>Directions that change with an average of values too.</summary>
    /// <param name="gains">The gain a_k of each parameter.</param>
    /// <param name="averageGains">The gain s_k of each parameter.</param>
    /// <param name="average">A: takes <c>[N, C, H, W]</c>, gives the same shape or one that broadcasts to it, image by image.</param>
    /// <exception cref="ArgumentException">The numbers of gains differ, or a gain is not finite.</exception>
    public LinearPart(IReadOnlyList<double> gains, IReadOnlyList<double> averageGains, Func<Tensor, Tensor> average)
    {
        ArgumentNullException.ThrowIfNull(gains);
        ArgumentNullException.ThrowIfNull(averageGains);
        ArgumentNullException.ThrowIfNull(average);
        if (gains.Count != averageGains.Count)
            throw new ArgumentException($"There are {gains.Count} gains of values and {averageGains.Count} of averages.", nameof(averageGains));
        if (gains.Concat(averageGains).FirstOrDefault(gain => !double.IsFinite(gain), 0) is not 0 and var odd)
            throw new ArgumentException($"The gain {odd} must be finite.", nameof(gains));
        Gains = [.. gains];
        AverageGains = [.. averageGains];
        Average = average;
    }

    /// <summary>The gain a_k of each value itself.</summary>
    public IReadOnlyList<double> Gains { get; }

    /// <summary>The gain s_k of the average at each value.</summary>
    public IReadOnlyList<double> AverageGains { get; }

    /// <summary>The averaging A.</summary>
    public Func<Tensor, Tensor> Average { get; }

    /// <summary>The parameters whose direction does change with the image.</summary>
    internal IEnumerable<int> Changing => Enumerable.Range(0, Gains.Count).Where(k => Gains[k] != 0 || AverageGains[k] != 0);

    /// <summary>The part of one parameter.</summary>
    internal LinearPart Of(int k) => new([Gains[k]], [AverageGains[k]], Average);

    /// <summary><c>Σ_k θ_k L_k(v)</c> for rows of θ <c>[N, d]</c> and G values for each, <c>[N, G, C, H, W]</c>.</summary>
    internal Tensor ApplyToAll(Tensor theta, Tensor values)
    {
        using var scope = NewDisposeScope();
        var rows = theta.unsqueeze(1).expand(theta.shape[0], values.shape[1], theta.shape[1]).reshape(-1, theta.shape[1]);
        return Apply(rows, values.flatten(0, 1)).reshape(values.shape).MoveToOuterDisposeScope();
    }

    /// <summary><c>Σ_k θ_k L_k(v)</c> for rows of θ <c>[N, d]</c> and values <c>[N, C, H, W]</c>.</summary>
    internal Tensor Apply(Tensor theta, Tensor values)
    {
        using var scope = NewDisposeScope();
        var result = Weight(theta, Gains, values) * values;
        if (AverageGains.Any(gain => gain != 0))
            result = result + (Weight(theta, AverageGains, values) * AverageOf(values));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary><c>A(v)</c> for values <c>[N, C, H, W]</c>, in their shape.</summary>
    internal Tensor AverageOf(Tensor values)
    {
        using var scope = NewDisposeScope();
        return Average(values).expand(values.shape).MoveToOuterDisposeScope();
    }

    private static Tensor Weight(Tensor theta, IReadOnlyList<double> gains, Tensor values)
    {
        var weights = theta.mm(tensor(gains.ToArray(), [gains.Count, 1], dtype: theta.dtype, device: theta.device));
        return weights.reshape([theta.shape[0], .. Enumerable.Repeat(1L, (int)values.dim() - 1)]);
    }
}
