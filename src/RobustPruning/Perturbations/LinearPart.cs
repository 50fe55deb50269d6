using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// How the directions of an <see cref="AffineTransform"/> change with the image: <c>D_k(x + v) − D_k(x) = a_k v + m_k ⊙ v + s_k A(v)</c>,
/// with gains a and s, with gains m of each value, and with an averaging A: linear, and nowhere negative for a v that is nowhere negative.
/// Immutable.
/// </summary>
public sealed class LinearPart
{
    private readonly Func<Tensor, Tensor>? _fields;

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
        : this(gains, averageGains, average, null)
    {
        ArgumentNullException.ThrowIfNull(gains);
        ArgumentNullException.ThrowIfNull(averageGains);
        ArgumentNullException.ThrowIfNull(average);
        if (gains.Count != averageGains.Count)
            throw new ArgumentException(
                $"There are {gains.Count} gains of values and {averageGains.Count} of averages.",
                nameof(averageGains));
        if (gains.Concat(averageGains).FirstOrDefault(gain => !double.IsFinite(gain), 0) is not 0 and var odd)
            throw new ArgumentException($"The gain {odd} must be finite.", nameof(gains));
    }

    private LinearPart(
        IReadOnlyList<double> gains, IReadOnlyList<double> averageGains, Func<Tensor, Tensor> average, Func<Tensor, Tensor>? fields)
    {
        Gains = [.. gains ?? []];
        AverageGains = [.. averageGains ?? []];
        Average = average;
        _fields = fields;
    }

    /// <summary>The gain a_k of each value itself.</summary>
    public IReadOnlyList<double> Gains { get; }

    /// <summary>The gain s_k of the average at each value.</summary>
    public IReadOnlyList<double> AverageGains { get; }

    /// <summary>The averaging A.</summary>
    public Func<Tensor, Tensor> Average { get; }

    /// <summary>Directions that are the image times a field, <c>D_k(x + v) − D_k(x) = m_k ⊙ v</c>: a vignette, say.</summary>
    /// <param name="parameters">The number of parameters d; at least 1.</param>
    /// <param name="fields">
    /// Takes one image <c>[C, H, W]</c>, of whose values nothing may depend, and gives m: <c>[d, C, H, W]</c> or what broadcasts to it.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no parameter.</exception>
    public static LinearPart OfFields(int parameters, Func<Tensor, Tensor> fields)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parameters, 1);
        ArgumentNullException.ThrowIfNull(fields);
        double[] nothing = new double[parameters];
        return new(nothing, nothing, values => values, fields);
    }

    /// <summary>The parameters whose direction does change with the image.</summary>
    internal IEnumerable<int> Changing =>
        Enumerable.Range(0, Gains.Count).Where(k => Gains[k] != 0 || AverageGains[k] != 0 || _fields is not null);

    /// <summary>The part of one parameter.</summary>
    internal LinearPart Of(int k) =>
        new([Gains[k]], [AverageGains[k]], Average, _fields is null ? null : image => _fields(image).narrow(0, k, 1));

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
        var result = OwnGain(theta, values) * values;
        if (AverageGains.Any(gain => gain != 0))
            result = result.Plus(Weight(theta, AverageGains, values) * AverageOf(values));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>Σ_k θ_k (a_k + m_k)</c> for rows of θ <c>[N, d]</c>, of which each value of <c>[N, C, H, W]</c> is multiplied by its own.
    /// </summary>
    /// <param name="theta">The rows.</param>
    /// <param name="values">The values.</param>
    /// <param name="absolute">Whether gains count without their signs.</param>
    internal Tensor OwnGain(Tensor theta, Tensor values, bool absolute = false)
    {
        using var scope = NewDisposeScope();
        var gain = Weight(theta, absolute ? [.. Gains.Select(Math.Abs)] : Gains, values);
        if (_fields is not null)
        {
            var fields = absolute ? _fields(values[0]).abs() : _fields(values[0]);
            gain = gain.Plus(theta.mm(fields.flatten(1)).reshape([theta.shape[0], .. fields.shape.Skip(1)]));
        }

        return gain.MoveToOuterDisposeScope();
    }

    /// <summary>The greatest factor by which each L_k grows a greatest absolute value, <c>|a_k| + max|m_k| + |s_k| max A(1)</c>.</summary>
    /// <param name="image">One image.</param>
    internal double[] Growths(Tensor image)
    {
        using var scope = NewDisposeScope();
        var ones = ones_like(image).unsqueeze(0);
        var average = AverageGains.Any(gain => gain != 0) ? Average(ones).abs().max().item<double>() : 0;
        double[]? fields = _fields?.Invoke(image).abs().flatten(1).amax(1).to(float64).cpu().data<double>().ToArray();
        return [.. Gains.Select((gain, k) => Math.Abs(gain) + (fields?[k] ?? 0) + (Math.Abs(AverageGains[k]) * average))];
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
