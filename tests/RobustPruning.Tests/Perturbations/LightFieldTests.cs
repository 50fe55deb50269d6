using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>Light fields against values computed by hand, pixel by pixel.</summary>
public sealed class LightFieldTests
{
    private const int Height = 4;
    private const int Width = 5;

    [Test]
    public void ABiasFieldIsAPolynomialOverTheImage([Values] BiasFieldKind kind, [Values(1, 2, 3)] int order, [Values(1, 3)] int channels)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var field = new BiasField(-1, 1, order, kind, channels);
        Assert.That(field.Parameters, Has.Count.EqualTo(channels * (order + 1) * (order + 2) / 2));
        Check(field, random, 3, (x, y, c, value, theta) =>
        {
            double u = ((2 * x) + 1.0) / Width - 1, v = ((2 * y) + 1.0) / Height - 1, sum = 0;
            var k = channels == 1 ? 0 : c * theta.Length / 3;
            for (var degree = 0; degree <= order; degree++)
            {
                for (var power = 0; power <= degree; power++)
                    sum += theta[k++] * Math.Pow(u, degree - power) * Math.Pow(v, power);
            }

            return kind == BiasFieldKind.Additive ? value + sum : value * (1 + sum);
        });
    }

    [Test]
    public void AVignetteDarkensTowardsTheFurthestCorner()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        double centreX = random.NextDouble(), centreY = random.NextDouble(), falloff = 0.5 + (3 * random.NextDouble());
        double Distance(double x, double y) => double.Hypot(x + 0.5 - (centreX * Width), y + 0.5 - (centreY * Height));
        var furthest = new[] { Distance(0, 0), Distance(Width - 1, 0), Distance(0, Height - 1), Distance(Width - 1, Height - 1) }.Max();
        Check(
            new Vignette(-1, 1, centreX, centreY, falloff),
            random,
            2,
            (x, y, _, value, theta) => value * (1 - (theta[0] * Math.Pow(Distance(x, y) / furthest, falloff))));
    }

    [Test]
    public void AShadowLiesBeyondAnEdgeAndMayMove()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        double angle = 360 * random.NextDouble(), offset = random.NextDouble() - 0.5, softness = 0.3 + random.NextDouble();
        double Beyond(double x, double y) =>
            ((x - 2) * Math.Cos(angle / 180 * Math.PI)) + ((y - 1.5) * Math.Sin(angle / 180 * Math.PI)) - offset;
        Check(new MovingShadow(new ParameterBox([-1, -2], [1, 2]), angle, offset, softness), random, 2,
            (x, y, _, value, theta) => value * (1 - (theta[0] * Math.Clamp(((Beyond(x, y) - theta[1]) / softness) + 0.5, 0, 1))));

        // A mask has 32-bit numbers.
        Check(new Shadow(-1, 1, Mask.HalfPlane(Height, Width, angle, offset, softness)), random, 2,
            (x, y, _, value, theta) => value * (1 - (theta[0] * Math.Clamp((Beyond(x, y) / softness) + 0.5, 0, 1))), 1e-7);
    }

    [Test]
    public void APolygonIsDarkInsideAndSoftAtItsBorder()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new Shadow(0, 1, Mask.Polygon(5, 5, [(1, 1), (3, 1), (3, 3), (1, 3)], 1)));
        var moved = set.Apply(ones(1, 5, 5, dtype: float64), [1.0])[0][0];

        // On the border half, one pixel outside nothing, in the middle all.
        Assert.That(moved[2].Numbers(), Is.EqualTo(new[] { 1, 0.5, 0, 0.5, 1 }).Within(1e-7));
        Assert.That(moved[0].Numbers(), Has.All.EqualTo(1));
        Assert.That(moved[1].Numbers(), Is.EqualTo(new[] { 1, 0.5, 0.5, 0.5, 1 }).Within(1e-7));
    }

    [Test]
    public void ALightSpotIsAddedInItsColour()
    {
        double[] colour = [0.5, 1];
        Check(
            new LightSpot(0, 1, Mask.Gaussian(Height, Width, 1.25, 2, 1.5), colour),
            new Random(TestEnvironment.FreshSeed()),
            2,
            (x, y, c, value, theta) =>
                value + (theta[0] * colour[c] * Math.Exp(-(((x - 1.25) * (x - 1.25)) + ((y - 2) * (y - 2))) / (2 * 1.5 * 1.5))),
            1e-7);
    }

    [Test]
    public void WhiteBalanceIsAGainOfEachChannel() =>
        Check(new WhiteBalance(-1, 1), new Random(TestEnvironment.FreshSeed()), 3, (_, _, c, value, theta) => value * (1 + theta[c]));

    [Test]
    public void ColourTemperatureFollowsItsCurve()
    {
        double[] shifts = [-1, 0, 0.5, 1];
        double[][] gains = [[0.8, 1.3], [1, 1], [1.2, 0.9], [1.1, 0.5]];
        Check(new ColourTemperature(-1, 1, shifts, gains), new Random(TestEnvironment.FreshSeed()), 2, (_, _, c, value, theta) =>
        {
            var knot = theta[0] < 0 ? 0 : theta[0] < 0.5 ? 1 : 2;
            var share = (theta[0] - shifts[knot]) / (shifts[knot + 1] - shifts[knot]);
            return value * (((1 - share) * gains[knot][c]) + (share * gains[knot + 1][c]));
        });
    }

    [Test]
    public void WarmLightIsRedAndColdLightIsBlue()
    {
        var light = ColourTemperature.OfBlackBody(-50, 200);
        var (cold, warm) = (light.Gains[0], light.Gains[^1]);
        Assert.That(light.Shifts, Does.Contain(-50).And.Contain(0).And.Contain(200));
        Assert.That((cold[0], cold[2]), Is.EqualTo((0.9, 1.1)).Using<(double, double)>((found, _) => found.Item1 < 1 && found.Item2 > 1));
        Assert.That(
            (warm[0], warm[2]),
            Is.EqualTo((1.3, 0.5)).Using<(double, double)>((found, _) => found.Item1 > 1.1 && found.Item2 < 0.8));

        // Illuminant A, 2856 K: x = 0.4476, y = 0.4074; its light over D65-like 6500 K, in sRGB: red more than twice, blue less than a
        // third.
        var lamp = ColourTemperature.OfBlackBody(0, (1e6 / 2856) - (1e6 / 6500)).Gains[^1];
        Assert.That(Math.Pow(lamp[0], 2.2), Is.InRange(1.5, 2.5));
        Assert.That(Math.Pow(lamp[2], 2.2), Is.InRange(0.1, 0.35));
    }

    /// <summary>Ends of the enclosure are reached: nothing is added to what is affine.</summary>
    [Test]
    public void AffineFieldsAreEnclosedExactly()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 60; number++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(unchecked(seed + number));
            var set = SemanticSet.Of(new RandomLight(random, [3, Height, Width]).Affine()).WithoutClip();
            var image = rand(3, Height, Width, dtype: float64);
            using var enclosed = set.Enclose(image, set.Box);
            Assert.That(enclosed.Radius, Is.Null);
            var theta = set.Box.Sample(1, random)[0];
            double[] places = [.. theta.Select((value, k) => (value - set.Box.Centre[k]) / set.Box.HalfWidths[k])];
            var expected = enclosed.Centre[0] + tensor(places).reshape(1, -1).mm(enclosed.Generators[0].flatten(1)).reshape(image.shape);
            Assert.That(TensorValues.Gap(set.Apply(image, theta)[0], expected), Is.LessThan(1e-14), $"{set}, seed {seed + number}");
            Assert.That(enclosed.RoundingError, Is.LessThan(1e-13));
        }
    }

    /// <summary>Where the curve has no knot, and where no border passes, what is curved in θ is exact too.</summary>
    [Test]
    public void CurvedLightIsExactBetweenItsKnots()
    {
        using var scope = NewDisposeScope();
        var image = rand(3, Height, Width, dtype: float64);
        var temperature = SemanticSet.Of(ColourTemperature.OfBlackBody(-50, 50));
        using var between = temperature.Enclose(image, new ParameterBox([1], [9]));
        using var across = temperature.Enclose(image, new ParameterBox([1], [11]), new ParameterBox([2], [3]));
        Assert.That(between.Radius, Is.Null);
        Assert.That(across.Radius!.max().item<double>(), Is.Positive);

        var shadow = SemanticSet.Of(new MovingShadow(new ParameterBox([0, -1], [0.5, 1]), 0, 0, 0.5));
        using var moved = shadow.Enclose(image, new ParameterBox([0.5, -0.1], [0.5, 0.1]), new ParameterBox([0, 0], [0.5, 0]));
        var radius = moved.Radius;
        Assert.That(radius is null ? 0 : radius[1].max().item<double>(), Is.Zero, "a shadow that stands");
    }

    [Test]
    public void WhatMakesNoSenseIsRefused()
    {
        using var scope = NewDisposeScope();
        Refused(() => new BiasField(0, 1, 4), "4");
        Refused(() => new BiasField(0, 1, 0), "0");
        Refused(() => new BiasField(1, 0), "inverted");
        Refused(() => new BiasField(new ParameterBox([0], [1]), 1), "3 coefficients");
        Refused(() => new BiasField(0, 1, 1, (BiasFieldKind)7), "7");
        Refused(() => new BiasField(0, 1, 1, BiasFieldKind.Additive, 2).Directions(ones(3, 2, 2)), "2 channels");
        Refused(() => new Vignette(0, 1, falloff: 0), "falloff");
        Refused(() => new Vignette(0, 1, double.NaN), "centreX");
        Refused(() => Mask.HalfPlane(4, 4, 0, 0, 0), "softness");
        Refused(() => Mask.HalfPlane(0, 4, 0, 0, 1), "height");
        Refused(() => Mask.Polygon(4, 4, [(0, 0), (1, 1)], 1), "2");
        Refused(() => Mask.Polygon(4, 4, [(0, 0), (1, 1), (double.NaN, 0)], 1), "NaN");
        Refused(() => Mask.Gaussian(4, 4, 0, 0, -1), "sigma");
        Refused(() => Mask.Of(full([2, 2], 1.5)), "1.5");
        Refused(() => Mask.Of(ones(2)), "[2]");
        Refused(() => SemanticSet.Of(new Shadow(0, 1, Mask.HalfPlane(4, 4, 0, 0, 1))).Apply(ones(1, 4, 5), [0.5]), "[C, 4, 4]");
        Refused(() => new LightSpot(0, 1, Mask.Gaussian(4, 4, 0, 0, 1), 2), "2");
        Refused(() => new LightSpot(0, 1, Mask.Gaussian(4, 4, 0, 0, 1), 0.1, 0.2).Directions(ones(3, 4, 4)), "2 channels");
        Refused(() => new WhiteBalance(0, 1).Directions(ones(1, 4, 4)), "[1, 4, 4]");
        Refused(() => new MovingShadow(new ParameterBox([0], [1]), 0, 0, 1), "1 parameters");
        Refused(() => new ColourTemperature(0, 1, [0, 0, 1], [[1], [1], [2]]), "rise");
        Refused(() => new ColourTemperature(0, 1, [0, 1], [[1], [0]]), "gain 0");
        Refused(() => new ColourTemperature(0, 1, [0, 1], [[2], [1]]), "no shift is no change");
        Refused(() => new ColourTemperature(0, 2, [0, 1], [[1], [2]]), "2");
        Refused(() => new ColourTemperature(0, 1, [0, 1], [[1], [2, 2]]), "channels");
        Refused(() => ColourTemperature.OfBlackBody(-150, 0), "25000");
        Refused(() => SemanticSet.Of(new ColourTemperature(0, 1, [0, 1], [[1], [2]])).Apply(ones(1, 2, 2), [1.5]), "1.5");

        static void Refused(Action action, string part) =>
            Assert.That(action, Throws.InstanceOf<ArgumentException>().With.Message.Contains(part));
    }

    /// <remarks>
    /// Summing 11 terms of at most 1 in two orders takes 2 · 22 roundings of numbers up to 11: together they stay under 1e-13.
    /// </remarks>
    private static void Check(
        ISemanticTransform transform, Random random, int channels, Func<int, int, int, double, double[], double> expected,
        double tolerance = 1e-13)
    {
        using var scope = NewDisposeScope();
        var image = rand(channels, Height, Width, dtype: float64);
        var set = SemanticSet.Of(transform).WithoutClip();
        double[][] thetas = [.. set.Box.Sample(20, random), new double[set.Dimension]];
        var moved = set.Apply(image, thetas);
        var each = set.ApplyEach(
            image.unsqueeze(0).repeat(thetas.Length, 1, 1, 1),
            tensor(thetas.SelectMany(row => row).ToArray(), [thetas.Length, set.Dimension]));
        Assert.That(TensorValues.Gap(moved, each), Is.LessThan(1e-13));
        for (var n = 0; n < thetas.Length; n++)
        {
            for (var c = 0; c < channels; c++)
            {
                for (var y = 0; y < Height; y++)
                {
                    for (var x = 0; x < Width; x++)
                        Assert.That(
                            moved[n, c, y, x].item<double>(),
                            Is.EqualTo(expected(x, y, c, image[c, y, x].item<double>(), thetas[n])).Within(tolerance),
                            $"{set}");
                }
            }
        }

        Assert.That(TensorValues.Gap(moved[-1], image), Is.Zero, "no change at 0");
    }
}
