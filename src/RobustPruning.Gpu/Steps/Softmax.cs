using RobustPruning.Bounds;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// The softmax over the places of each channel, as on the CPU: the CPU computes all that needs exponentials, from bounds that are read
/// back.
/// </summary>
internal sealed class Softmax(DeviceSession session, Affine affine, Relaxations relaxations, Products products)
{
    private const double GreatestError = 1e-6;

    /// <summary>The softmax.</summary>
    public DeviceValue Apply(SoftmaxStep step, DeviceValue input)
    {
        var (lower, upper) = relaxations.Bounds(input);
        var range = new SoftmaxRange(step.Map, lower, upper);
        var factors = Factors(step, input, range);
        var output = IsUseful(factors) ? relaxations.Apply(factors, range.Narrow)
            : relaxations.Apply(input, (index, _, _) => range.Alone(index));
        factors.Release();
        return output;
    }

    private DeviceValue Factors(SoftmaxStep step, DeviceValue input, SoftmaxRange range)
    {
        DeviceValue exponentials = relaxations.Apply(input, range.Exponential), mean = affine.Apply(step.Mean, exponentials);
        DeviceValue reciprocal = relaxations.Apply(mean, range.Reciprocal), spread = affine.Apply(step.Spread, reciprocal);
        var product = products.Apply(exponentials, spread);
        foreach (var value in new[] { exponentials, mean, reciprocal, spread })
            value.Release();
        return product;
    }

    /// <summary>
    /// Whether the factors say anything: if not of one value, its rounding, which is all values' together, spoils the others.
    /// </summary>
    private bool IsUseful(DeviceValue value)
    {
        if (!(session.Download(value.Error.View)[0] < GreatestError))
            return false;
        var (lower, upper) = relaxations.Bounds(value);
        return lower.Zip(upper).All(bounds => double.IsFinite(bounds.Second - bounds.First));
    }
}
