using System.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// The softmax over the places of each channel: both of its factors and their product are enclosed to first order. Where that leaves more
/// than the range of independent values, a mixture with this range is taken.
/// </summary>
internal sealed unsafe class Softmax<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    private const double GreatestError = 1e-6;

    private readonly AffineLayers<T> _affine = new(pool);
    private readonly Relaxations<T> _relaxations = new(pool);
    private readonly Products<T> _products = new(pool);

    /// <summary>The softmax.</summary>
    public Enclosure<T> Apply(SoftmaxStep step, Enclosure<T> input)
    {
        double[] lower = new double[step.Map.Size], upper = new double[step.Map.Size];
        for (var index = 0; index < lower.Length; index++)
            (lower[index], upper[index]) = input.Bounds(index);
        var range = new SoftmaxRange(step.Map, lower, upper);
        var factors = Factors(step, input, range);
        var output = IsUseful(factors)
            ? _relaxations.Apply(factors, index => range.Narrow(index, factors.Bounds(index).Lower, factors.Bounds(index).Upper))
            : _relaxations.Apply(input, range.Alone);
        factors.Release();
        return output;
    }

    private Enclosure<T> Factors(SoftmaxStep step, Enclosure<T> input, SoftmaxRange range)
    {
        var exponentials = _relaxations.Apply(input, index =>
            range.Exponential(index, input.Bounds(index).Lower, input.Bounds(index).Upper));
        var mean = _affine.Apply(step.Mean, exponentials);
        var reciprocal = _relaxations.Apply(mean, index => range.Reciprocal(index, mean.Bounds(index).Lower, mean.Bounds(index).Upper));
        var spread = _affine.Apply(step.Spread, reciprocal);
        var product = _products.Apply(exponentials, spread);
        foreach (var value in new[] { exponentials, mean, reciprocal, spread })
            value.Release();
        return product;
    }

    /// <summary>
    /// Whether the factors say anything: if not of one value, its rounding, which is all values' together, spoils the others.
    /// </summary>
    private static bool IsUseful(Enclosure<T> value)
    {
        if (!(value.Error < GreatestError))
            return false;
        for (var index = 0; index < value.Map.Size; index++)
        {
            var (lower, upper) = value.Bounds(index);
            if (!double.IsFinite(upper - lower))
                return false;
        }

        return true;
    }
}
