using RobustPruning.Bounds;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Enclosures of single values against the function itself, on fresh intervals of every kind.</summary>
public sealed class RelaxationTests
{
    [Test]
    public void TheReluLiesInItsEnclosure() => Check(Relaxation.OfRelu, z => Math.Max(z, 0), 0);

    [Test]
    public void TheClipLiesInItsEnclosure() =>
        Check((lower, upper) => Relaxation.OfClip(lower, upper, 0, 1), z => Math.Clamp(z, 0, 1), 0, 1);

    [TestCase(-0.5, 0.25)]
    [TestCase(0.25, double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity, -0.5)]
    [TestCase(double.NegativeInfinity, double.PositiveInfinity)]
    [TestCase(0.25, 0.25)]
    public void ClipsWithAnyLimitsLieInTheirEnclosures(double minimum, double maximum) => Check(
        (lower, upper) => Relaxation.OfClip(lower, upper, minimum, maximum), z => Math.Clamp(z, minimum, maximum), minimum, maximum);

    private static void Check(Func<Tensor, Tensor, Relaxation> enclose, Func<double, double> function, params double[] bends)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        double[] edges = [-0.5, 0, 0.25, 1, 1.5];
        var intervals = Enumerable
            .Range(0, 3000)
            .Select(_ => (A: End(), B: End()))
            .Select(pair => (Low: Math.Min(pair.A, pair.B), High: Math.Max(pair.A, pair.B)))
            .ToList();
        var relaxation = enclose(
            tensor(intervals.Select(interval => interval.Low).ToArray()),
            tensor(intervals.Select(interval => interval.High).ToArray()));
        double[] slope = relaxation.Slope.Numbers(), offset = relaxation.Offset.Numbers(), size = relaxation.Size.Numbers();
        for (var index = 0; index < intervals.Count; index++)
        {
            var (low, high) = intervals[index];
            var kinks = bends.Append(low).Append(high).Select(z => Math.Clamp(z, low, high));
            foreach (var z in kinks.Concat(Enumerable.Range(0, 20).Select(_ => low + (random.NextDouble() * (high - low)))))
                Assert.That(
                    Math.Abs(function(z) - (slope[index] * z) - offset[index]),
                    Is.LessThanOrEqualTo(size[index] + 1e-12),
                    $"z = {z} in [{low}, {high}]");
            Assert.That(size[index], Is.InRange(0, (high - low) / 2), $"[{low}, {high}]");
        }

        // Ends at the kinks themselves, near them, and anywhere.
        double End() => random.Next(3) switch
        {
            0 => edges[random.Next(edges.Length)],
            1 => edges[random.Next(edges.Length)] + ((random.NextDouble() - 0.5) * 1e-6),
            _ => (random.NextDouble() * 3) - 1,
        };
    }
}
