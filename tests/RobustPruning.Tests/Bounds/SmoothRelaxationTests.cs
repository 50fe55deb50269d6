using RobustPruning.Bounds;
using RobustPruning.Bounds.Cpu;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// The enclosures of smooth functions by the engine, the tensor domain and the certificate checker, on intervals of every kind: nothing of
/// the function lies outside, and each is as narrow as a dense sample of its chord's parallels.
/// </summary>
public sealed class SmoothRelaxationTests
{
    private static readonly double[] Ends = [0, 0.5, 1, 3, 8, 17, 40, 1e3, 1e5, 1e-3, 1e-8, 1e-30];

    [Test]
    public void TheEngineEncloses([Values] ScalarFunction function) =>
        Check(
            function,
            1e-15,
            (lower, upper) =>
                [
                    .. lower
                        .Zip(upper, (low, high) => ScalarRelaxation.OfSmooth(SmoothFunction.Of(ScalarFunctions.Node(function)), low, high))
                        .Select(line => (line.Slope, line.Offset, line.Size)),
                ]);

    [Test]
    public void TheTensorsEnclose([Values] ScalarFunction function, [Values(ScalarType.Float32, ScalarType.Float64)] ScalarType type) =>
        Check(function, type == ScalarType.Float32 ? 1e-7 : 1e-15, (lower, upper) =>
        {
            using var relaxation = Relaxation.Of(ScalarFunctions.Node(function), tensor(lower, dtype: type), tensor(upper, dtype: type));
            return Lines(relaxation.Slope, relaxation.Offset, relaxation.Size);
        }, isFloat: type == ScalarType.Float32);

    [Test]
    public void TheCheckerEncloses([Values] ScalarFunction function) => Check(function, 1e-15, (lower, upper) =>
    {
        var relaxation = ProofRelaxation.Of(ScalarFunctions.Node(function), tensor(lower), tensor(upper));
        return Lines(relaxation.Slope, relaxation.Offset, relaxation.Size + relaxation.Error);
    });

    [Test]
    public void TheIntervalDomainHoldsEveryValue([Values] ScalarFunction function, [Values] bool outward)
    {
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        using var scope = NewDisposeScope();
        var node = ScalarFunctions.Node(function);
        var builder = new GraphBuilder([64]);
        var graph = builder.Build(
            builder.Function("f", IsRoot(function) ? builder.Relu("relu", builder.Input) : builder.Input, function, node.Epsilon));
        var (low, high) = Pairs(random, 64, function);
        for (var index = 0; index < 64; index++)
            (low[index], high[index]) = (Math.Clamp(low[index], -1e4, 1e4), Math.Clamp(high[index], -1e4, 1e4));
        Tensor lower = tensor(low).unsqueeze(0), upper = tensor(high).unsqueeze(0), centre = (lower + upper) / 2;
        var images = new PerturbedImages(centre, zeros([1, 1, 64], dtype: float64), false, (upper - lower) / 2 * (1 + 1e-12))
        {
            RoundingError = 0,
        };
        var bounds = new IntervalPropagator(outward).Propagate(graph, images).Output;
        double[] least = bounds.Lower.Numbers(), greatest = bounds.Upper.Numbers();
        for (var index = 0; index < 64; index++)
        {
            for (var point = 0; point <= 200; point++)
            {
                var value = ScalarFunctions.Value(function, low[index] + ((high[index] - low[index]) * point / 200));
                var slack = outward ? 1e-300 : 1e-12 * (1 + Math.Abs(value) + Math.Abs(low[index]));
                Assert.That(
                    value,
                    Is.InRange(least[index] - slack, greatest[index] + slack),
                    $"seed {seed}, [{low[index]}, {high[index]}]");
            }
        }
    }

    [Test]
    public void TheNodeIsTheFunction([Values] ScalarFunction function)
    {
        using var scope = NewDisposeScope();
        double[] places = [.. Enumerable.Range(-400, 801).Select(place => place / 20.0).Where(z => z >= 0 || !IsRoot(function))];
        var values = ScalarFunctions.Node(function).Apply(tensor(places)).Numbers();
        foreach (var (z, value) in places.Zip(values))
            Assert.That(
                value,
                Is.EqualTo(ScalarFunctions.Value(function, z)).Within(1e-14 * (1 + Math.Abs(z) + Math.Abs(value))),
                $"z = {z}");
    }

    private static void Check(
        ScalarFunction function,
        double digits,
        Func<double[], double[], (double Slope, double Offset, double Size)[]> enclose,
        bool isFloat = false)
    {
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        using var scope = NewDisposeScope();
        var (low, high) = Pairs(random, 400, function);
        if (isFloat)
            (low, high) = ([.. low.Select(value => (double)(float)value)], [.. high.Select(value => (double)(float)value)]);
        var lines = enclose(low, high);
        for (var index = 0; index < low.Length; index++)
        {
            var (slope, offset, size) = lines[index];
            var what = $"seed {seed}, [{low[index]:r}, {high[index]:r}], slope {slope:r}, offset {offset:r}, size {size:r}";
            Assert.That(size, Is.GreaterThanOrEqualTo(0), what);
            var from = IsRoot(function) ? Math.Max(low[index], 0) : low[index];
            double least = double.PositiveInfinity, greatest = double.NegativeInfinity, scale = 0;
            for (var point = 0; point <= 600; point++)
            {
                var z = point == 600 ? high[index] : from + ((high[index] - from) * point / 600);

                // Finer where the functions bend.
                if (point % 3 == 1)
                    z = Math.Clamp(
                        IsRoot(function)
                            ? random.NextDouble() * random.NextDouble() * ScalarFunctions.Epsilon
                            : (random.NextDouble() * 8) - 4,
                        from,
                        high[index]);
                double value = ScalarFunctions.Value(function, z), error = value - (slope * z) - offset;
                var own =
                    Math.Abs(value)
                    + Math.Abs(slope * z)
                    + Math.Abs(offset)
                    + (function == ScalarFunction.Square || IsRoot(function) ? 0 : Math.Abs(z));
                Assert.That(Math.Abs(error), Is.LessThanOrEqualTo(size + (own * 2e-15)), $"z = {z:r} in {what}");
                (least, greatest, scale) = (Math.Min(least, error), Math.Max(greatest, error), Math.Max(scale, own));
            }

            // No wider than what a dense sample needs, but for its gaps and roundings.
            if (high[index] - low[index] < 50 && greatest > least)
                Assert.That(size, Is.LessThanOrEqualTo(((greatest - least) / 2 * 1.02) + (scale * 100 * digits) + 1e-36), what);
        }
    }

    private static (double[] Lower, double[] Upper) Pairs(Random random, int count, ScalarFunction function)
    {
        var pairs = Enumerable
            .Range(0, count)
            .Select(_ => (A: End(), B: End()))
            .Select(pair =>
                random.Next(4) switch
                {
                    0 => (pair.A, B: pair.A),
                    1 => (pair.A, B: pair.A + (random.NextDouble() * 1e-4)),
                    _ => pair,
                });
        if (IsRoot(function))
            pairs = pairs.Select(pair => (A: pair.A < 0 && random.Next(2) == 0 ? pair.A : Math.Abs(pair.A), B: Math.Abs(pair.B)));
        (double A, double B)[] all = [.. pairs];
        return ([.. all.Select(pair => Math.Min(pair.A, pair.B))], [.. all.Select(pair => Math.Max(pair.A, pair.B))]);

        double End() => random.Next(3) > 0 ? (random.NextDouble() * 10) - 5
            : (random.Next(2) == 0 ? 1 : -1) * Ends[random.Next(Ends.Length)] * (random.Next(2) == 0 ? 1 : 1 + random.NextDouble());
    }

    private static bool IsRoot(ScalarFunction function) => function is ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot;

    private static (double Slope, double Offset, double Size)[] Lines(Tensor slope, Tensor offset, Tensor size) =>
        [.. slope.Numbers().Zip(offset.Numbers(), size.Numbers())];
}
