using RobustPruning.Certification;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>Relaxations against the function itself, densely sampled, for limits of every size.</summary>
public sealed class ProofRelaxationTests
{
    [Test]
    public void ReluStaysInsideAndTouches() => CheckFunction(ProofRelaxation.OfRelu, z => Math.Max(z, 0));

    [Test]
    public void ClipStaysInsideAndTouches() => CheckFunction(ProofRelaxation.OfCamera, z => Math.Clamp(z, 0, 1));

    [TestCase(0, 1)]
    [TestCase(0.5, double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity, 1)]
    [TestCase(0.1, 0.7)]
    public void AClipWithAnyLimitsStaysInsideAndTouches(double minimum, double maximum)
    {
        var builder = new GraphBuilder([1]);
        var node = (ClipNode)builder.Clip("clip", builder.Input, minimum, maximum);
        CheckFunction(
            (lower, upper) => ProofRelaxation.Of(node, lower, upper),
            z => Math.Clamp(z, minimum, maximum),
            Margin,
            [.. node.Kinks]);
    }

    [Test]
    public void LeakyReluStaysInsideAndTouches([Values(0.01, 0.3, -0.5, 2.5)] double slope) => CheckFunction(
        (lower, upper) => ProofRelaxation.OfLeakyRelu(lower, upper, slope), z => z >= 0 ? z : slope * z, Margin);

    [Test]
    public void SigmoidStaysInsideAndTouches() => CheckFunction(
        (lower, upper) => ProofRelaxation.OfSigmoid(lower, upper), z => 1 / (1 + Math.Exp(-z)), Margin);

    [Test]
    public void TanhStaysInsideAndTouches() => CheckFunction(
        (lower, upper) => ProofRelaxation.OfTanh(lower, upper), Math.Tanh, Margin);

    [Test]
    public void WhereTheFunctionIsStraightTheEnclosureIsExact()
    {
        using var scope = NewDisposeScope();
        Tensor lower = tensor(new[] { -2.0, 1.5, 0.25 }).unsqueeze(0), upper = tensor(new[] { -1.0, 2.5, 0.75 }).unsqueeze(0);
        Assert.That(ProofRelaxation.OfRelu(lower, upper).Size.Numbers(), Is.EqualTo(new double[] { 0, 0, 0 }));
        Assert.That(ProofRelaxation.OfCamera(lower, upper).Size.Numbers(), Is.EqualTo(new double[] { 0, 0, 0 }));
        Assert.That(ProofRelaxation.OfCamera(lower, upper).Slope.Numbers(), Is.EqualTo(new double[] { 0, 0, 1 }));
    }

    private static double Margin => 100 * Math.Pow(2, -52);

    private static void CheckFunction(
        Func<Tensor, Tensor, ProofRelaxation> relax, Func<double, double> function, double margin = 0, double[]? kinks = null)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        double[] ends = [0, double.Epsilon, 1e-310, 1e-30, 0.5, 1, Math.BitIncrement(1), 1e8, 1e30];
        for (var number = 0; number < 300; number++)
        {
            using var scope = NewDisposeScope();
            double first = End(), second = number % 10 == 0 ? first : End();
            var (low, high) = (Math.Min(first, second), Math.Max(first, second));
            var relaxation = relax(tensor(new[] { low }), tensor(new[] { high }));
            double slope = relaxation.Slope.Numbers()[0], offset = relaxation.Offset.Numbers()[0], size = relaxation.Size.Numbers()[0];
            var error = relaxation.Error.Numbers()[0];
            var reach = 0.0;
            foreach (var z in Enumerable
                    .Range(0, 65)
                    .Select(sample => low + ((high - low) * sample / 64))
                    .Concat(kinks ?? [0, 1])
                    .Select(z => Math.Clamp(z, low, high)))
            {
                var distance = Math.Abs(function(z) - ((slope * z) + offset));
                Assert.That(distance, Is.LessThanOrEqualTo(size + error), $"z = {z} in [{low}, {high}]");
                reach = Math.Max(reach, distance);
            }

            Assert.That(
                reach,
                Is.GreaterThanOrEqualTo((size * (1 - margin)) - (margin * (1 + Math.Abs(low) + Math.Abs(high))) - error),
                $"[{low}, {high}]: the enclosure is nowhere reached at its ends");
        }

        double End() =>
            (random.Next(2) == 0 ? ends[random.Next(ends.Length)] : Math.Pow(10, (4 * random.NextDouble()) - 2))
            * (random.Next(2) == 0 ? 1 : -1);
    }
}
