using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>Enclosures against thousands of applied parameters, each set drawn at random.</summary>
public sealed class EnclosureTests
{
    private const int Cases = 150;
    private const int Samples = 200;

    [Test]
    public void EveryAppliedImageLiesWhereItsParametersPlaceIt([Values(ScalarType.Float32, ScalarType.Float64)] ScalarType type)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases; number++)
            CheckCase(unchecked(seed + number), type);
    }

    [Test]
    public void ProductsOfParametersReachTheCornersOfTheirBox()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.25, 0.5, 1 }).reshape(1, 1, 3);

        // (1 + c)(1 + k)x, all factors positive: the enclosure's upper end is the corner where all are greatest.
        var set = SemanticSet.Of(new Contrast(-0.2, 0.2)).Then(new Contrast(-0.1, 0.3)).WithoutClip();
        using var enclosed = set.Enclose(image, set.Box, new ParameterBox([0.1, -0.1], [0.1, 0.3]));
        Assert.That(enclosed.Generators.shape, Is.EqualTo(new long[] { 2, 3, 1, 1, 3 }), "two parameters and their product");
        Assert.That(enclosed.Radius, Is.Null);
        var upper = (enclosed.Centre + enclosed.Generators.abs().sum([1])).Numbers();
        Assert.That(
            upper,
            Is.EqualTo(new[] { 0.25, 0.5, 1 }.Select(x => 1.2 * 1.3 * x).Concat(new[] { 0.25, 0.5, 1 }.Select(x => 1.1 * 1.3 * x)))
                .Within(1e-14));
    }

    [Test]
    public void DirectionsThatNeverChangeMakeNoProducts()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet
            .Of(new Contrast(-0.2, 0.2))
            .Then(new Brightness(-0.1, 0.3), new Contrast(-0.1, 0.1))
            .Then(new Brightness(0, 1));
        using var enclosed = set.Enclose(rand(1, 2, 2), set.Box);
        Assert.That(enclosed.Generators.shape[1], Is.EqualTo(4 + 1), "four parameters and the product of the two contrasts");
    }

    private static void CheckCase(int seed, ScalarType type)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(seed);
        random.Network().Dispose();
        var set = random.Set();
        var image = random.Image().to(type);
        var box = random.Box(set);
        if (seed % 4 == 0)
            box = new ParameterBox([.. box.Lower.Take(1), .. box.Upper.Skip(1)], box.Upper);
        using var enclosed = set.Enclose(image, box);

        double[][] thetas = [.. box.Corners(), .. box.Sample(Samples, new Random(seed))];

        // In 64 bits, whatever the image's type: a steep curve of gains makes more of θ's rounding to 32 bits than any fixed tolerance.
        var theta = tensor(thetas.SelectMany(row => row).ToArray(), [thetas.Length, set.Dimension]);
        var noise = ((rand([thetas.Length, .. image.shape], dtype: float64) * 2) - 1).sign() * set.Noise;
        var reached = set.Apply(image.to(float64), theta, noise);

        // Everything but the radius and the products is known at a given θ.
        var places = tensor(thetas.SelectMany(row => row.Select((value, k) =>
            box.HalfWidths[k] == 0 ? 0 : (value - box.Centre[k]) / box.HalfWidths[k])).ToArray(), [thetas.Length, set.Dimension]);
        Tensor centre = enclosed.Centre.to(float64), generators = enclosed.Generators.to(float64);
        var known = centre + places.matmul(generators[0].narrow(0, 0, set.Dimension).flatten(1)).reshape(reached.shape);
        var free = generators.narrow(1, set.Dimension, generators.shape[1] - set.Dimension).abs().sum([1]);
        if (enclosed.Radius is not null)
            free = free + enclosed.Radius;
        Tensor lower = known - free, upper = known + free;
        if (set.Clip)
            (lower, upper) = (lower.clamp(0, 1), upper.clamp(0, 1));

        // Sums of affine parts are rounded to nearest; what is curved must be outward by itself.
        var rounding = 1e-13 * (1 + reached.abs().max().item<double>());
        Assert.That((lower - reached).max().item<double>(), Is.LessThanOrEqualTo(rounding), $"{set}, box {box}, seed {seed}");
        Assert.That((reached - upper).max().item<double>(), Is.LessThanOrEqualTo(rounding), $"{set}, box {box}, seed {seed}");
    }
}
