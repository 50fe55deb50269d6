using RobustPruning.Bounds;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// Enclosures of leaky ReLU, sigmoid and tanh: nothing of the function outside, ends touched, on intervals of every kind.
/// </summary>
public sealed class ActivationRelaxationTests
{
    private static readonly double[] Ends = [0, 0.5, 1, 8, 17, 40, 89, 120, 1e5, 1e30, 1e37, 1e-3, 1e-8, 1e-30, 1e-40, 5e-45];
    private static readonly double[] NegativeSlopes = [0, 0.01, 0.3, 1, 2.5, -0.7, -1];

    [Test]
    public void TheSigmoidLiesInItsEnclosureAndTouchesItAtBothEnds([Values(ScalarType.Float32, ScalarType.Float64)] ScalarType type) =>
        Check(Relaxation.OfSigmoid, z => z > 0 ? 1 / (1 + Math.Exp(-z)) : Math.Exp(z) / (1 + Math.Exp(z)), type);

    [Test]
    public void TheTanhLiesInItsEnclosureAndTouchesItAtBothEnds([Values(ScalarType.Float32, ScalarType.Float64)] ScalarType type) =>
        Check(Relaxation.OfTanh, Math.Tanh, type);

    [Test]
    public void TheLeakyReluLiesInItsEnclosureAndTouchesItAtBothEnds(
        [ValueSource(nameof(NegativeSlopes))] double negative, [Values(ScalarType.Float32, ScalarType.Float64)] ScalarType type)
    {
        // In 32-bit numbers the slope is the nearest one.
        var slope = type == ScalarType.Float32 ? (float)negative : negative;
        Check((lower, upper) => Relaxation.OfLeakyRelu(lower, upper, negative), z => z < 0 ? slope * z : z, type, kink: 0);
    }

    [Test]
    public void WhereALeakyReluIsLinearItIsExact()
    {
        using var scope = NewDisposeScope();
        using var relaxation = Relaxation.OfLeakyRelu(tensor(new[] { -3.0, 0, 1 }), tensor(new[] { 0.0, 2, 4 }), 0.25);
        Assert.That(relaxation.Slope.Numbers(), Is.EqualTo(new[] { 0.25, 1, 1 }));
        Assert.That(relaxation.Offset.Numbers(), Is.EqualTo(new[] { 0.0, 0, 0 }));
        Assert.That(relaxation.Size.Numbers(), Is.EqualTo(new[] { 0.0, 0, 0 }));
    }

    [Test]
    public void WithoutANegativeSlopeALeakyReluIsARelu()
    {
        using var scope = NewDisposeScope();
        Tensor lower = tensor(new[] { -2.0, -1, 1, -3 }), upper = tensor(new[] { 1.0, 5, 2, -1 });
        using Relaxation leaky = Relaxation.OfLeakyRelu(lower, upper, 0), relu = Relaxation.OfRelu(lower, upper);
        Assert.That(TensorValues.Gap(leaky.Slope, relu.Slope), Is.LessThan(1e-14));
        Assert.That(TensorValues.Gap(leaky.Offset, relu.Offset), Is.LessThan(1e-14));
        Assert.That(TensorValues.Gap(leaky.Size, relu.Size), Is.LessThan(1e-14));
    }

    private static void Check(Func<Tensor, Tensor, Relaxation> enclose, Func<double, double> function, ScalarType type, double? kink = null)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        var pairs = Enumerable
            .Range(0, 1500)
            .Select(_ => (A: End(), B: End()))
            .Select(pair => random.Next(10) == 0 ? (A: pair.A, B: pair.A) : (pair.A, pair.B))
            .ToList();
        Tensor lower = tensor(pairs.Select(pair => Math.Min(pair.A, pair.B)).ToArray(), dtype: type);
        Tensor upper = tensor(pairs.Select(pair => Math.Max(pair.A, pair.B)).ToArray(), dtype: type);
        using var relaxation = enclose(lower, upper);
        double[] low = lower.Numbers(), high = upper.Numbers();
        double[] slope = relaxation.Slope.Numbers(), offset = relaxation.Offset.Numbers(), size = relaxation.Size.Numbers();
        for (var index = 0; index < pairs.Count; index++)
        {
            var what = $"[{low[index]:r}, {high[index]:r}], slope {slope[index]:r}, offset {offset[index]:r}, size {size[index]:r}";
            Assert.That(size[index], Is.GreaterThanOrEqualTo(0), what);
            var inner = Enumerable.Range(0, 25).Select(_ => low[index] + (random.NextDouble() * (high[index] - low[index])))
                .Concat([kink ?? 0, 1e-3, -1e-3, 2, -2]).Select(z => Math.Clamp(z, low[index], high[index]));
            foreach (var z in inner.Prepend(low[index]).Append(high[index]))
                Assert.That(Math.Abs(Error(index, z)), Is.LessThanOrEqualTo(size[index] + Digits(index, z, 1e-15)), $"z = {z:r} in {what}");

            // The ends touch: no smaller size would do.
            var ends =
                kink is { } at && at > low[index] && at < high[index] ? new[] { low[index], at, high[index] } : [low[index], high[index]];
            var (coarse, least) = type == ScalarType.Float32 ? (1e-5, 2e-37) : (1e-13, 2e-307);
            Assert.That(
                ends.Max(z => Math.Abs(Error(index, z)) + Digits(index, z, coarse)),
                Is.GreaterThanOrEqualTo(size[index] - least),
                what);
        }

        double Error(int index, double z) => function(z) - (slope[index] * z) - offset[index];

        double Digits(int index, double z, double unit) =>
            unit * (Math.Abs(function(z)) + Math.Abs(slope[index] * z) + Math.Abs(offset[index]));

        // Anywhere, or near the magnitudes where exponentials saturate, vanish or lose their digits.
        double End() => random.Next(3) == 0 ? (random.NextDouble() * 12) - 6
            : (random.Next(2) == 0 ? 1 : -1) * Ends[random.Next(Ends.Length)] * (random.Next(2) == 0 ? 1 : 1 + random.NextDouble());
    }
}
