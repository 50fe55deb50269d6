using System.Numerics;
using System.Text.Json;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class InputBoxTests
{
    [Test]
    public void TheSetHoldsTheWholeBoxExactly()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 300; number++)
        {
            double[] first = [.. Enumerable.Range(0, 6).Select(_ => Number())],
                second = [.. first.Select(value => random.Next(4) == 0 ? value : Number())];
            double[] low = [.. first.Zip(second, Math.Min)], high = [.. first.Zip(second, Math.Max)];
            using Tensor lower = tensor(low), upper = tensor(high);
            using var box = InputBox.Of(lower, upper, random.Next(1, 8));
            var (down, up) = Reach(box);
            var centre = box.Centre.Numbers();
            for (var entry = 0; entry < low.Length; entry++)
            {
                Assert.That(Exact(centre[entry]) + Exact(down[entry]), Is.LessThanOrEqualTo(Exact(low[entry])), $"entry {entry} of {box}");
                Assert.That(
                    Exact(centre[entry]) + Exact(up[entry]),
                    Is.GreaterThanOrEqualTo(Exact(high[entry])),
                    $"entry {entry} of {box}");

                // Of noise the two sides are alike, and the middle is a number.
                double ulp =
                    Math.BitIncrement(Math.Max(Math.Abs(low[entry]), Math.Abs(high[entry])))
                    - Math.Max(Math.Abs(low[entry]), Math.Abs(high[entry]));
                Assert.That(up[entry] - down[entry], Is.LessThanOrEqualTo(high[entry] - low[entry] + (4 * ulp)), $"entry {entry} of {box}");
            }
        }

        double Number() => (random.Next(2) == 0 ? -1 : 1) * Math.Pow(10, random.Next(-12, 12)) * random.NextDouble();
    }

    [Test]
    public void TheEnclosureHoldsTheBox()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 50; number++)
        {
            using var scope = NewDisposeScope();
            var (lower, upper) = new RandomVectorNetworks(unchecked(seed + number)).Limits([2, 3, 2, 1]);
            var box = InputBox.Of(lower, upper, 1 + (number % 14));
            using var images = box.Set.Enclose(box.Centre, box.Set.Box);
            var reach = images.Generators[0].abs().sum([0]) + (images.Radius?[0] ?? zeros_like(images.Centre[0])) + images.RoundingError;
            Assert.That((images.Centre[0] - reach - lower).max().item<double>(), Is.LessThanOrEqualTo(0));
            Assert.That((upper - images.Centre[0] - reach).max().item<double>(), Is.LessThanOrEqualTo(0));
            Assert.That(
                (reach - ((upper - lower) / 2)).max().item<double>(),
                Is.LessThan(1e-6 * (1 + reach.max().item<double>())),
                "and no more");
            box.Dispose();
        }
    }

    [Test]
    public void TheWidestEntriesAreParametersAndConstantsAreNone()
    {
        using Tensor lower = tensor(new[] { 0.0, 5, -1, 0, 2 }), upper = tensor(new[] { 1.0, 5, 3, 1, 2.5 });
        using var box = InputBox.Of(lower, upper, parameters: 2);
        Assert.That(
            box.Set.Parameters.Select(range => range.ToString()),
            Is.EqualTo(new[] { "x[0] in [-0.5, 0.5]", "x[2] in [-2, 2]" }),
            "of two alike the first");
        Assert.That(box.Set.NoiseRadii.Each, Is.EqualTo(new[] { 0, 0, 0, 0.5, 0.25 }));
        Assert.That(box.Centre.Numbers(), Is.EqualTo(new[] { 0.5, 5, 1, 0.5, 2.25 }));
        Assert.That(box.Set.Clip, Is.False);
        using var all = InputBox.Of(lower, upper);
        Assert.That((all.Set.Dimension, all.Set.Noise), Is.EqualTo((4, 0.0)));
    }

    [Test]
    public void ABoxOfOneInputHasAParameterThatCannotMove()
    {
        using var point = tensor(new[] { 0.1, -3 });
        using var box = InputBox.Of(point, point);
        Assert.That((box.Set.Dimension, box.Set.Box.Lower[0], box.Set.Box.Upper[0], box.Set.Noise), Is.EqualTo((1, 0.0, 0.0, 0.0)));
        Assert.That(box.Centre.Numbers(), Is.EqualTo(new[] { 0.1, -3 }));
    }

    [Test]
    public void ABallHasItsCentreAndItsRadius()
    {
        using var centre = tensor(new[] { 0.1f, 0.7f, -2f }).reshape(3, 1);
        using var box = InputBox.Around(centre, 0.3, parameters: 1);
        Assert.That(box.Centre.shape, Is.EqualTo(new long[] { 3, 1 }));
        Assert.That(box.Centre.Numbers(), Is.EqualTo(new[] { 0.1f, 0.7f, -2.0 }));
        Assert.That((box.Set.Box.Lower[0], box.Set.Box.Upper[0]), Is.EqualTo((-0.3, 0.3)));
        Assert.That(box.Set.NoiseRadii.Each, Is.EqualTo(new[] { 0, 0.3, 0.3 }));
    }

    [Test]
    public void ASetComesBackFromItsJsonAndTellsItself()
    {
        using Tensor lower = tensor(new[] { 0.0, -1 }), upper = tensor(new[] { 1.0, 1 });
        using var box = InputBox.Of(lower, upper, parameters: 1);
        var json = JsonSerializer.Serialize(box.Set.Describe());
        Assert.That(json, Is.EqualTo(
            """{"stages":[[{"kind":"entryShift","entries":[1]}]],"lower":[-1],"upper":[1],"clip":false,"noise":0.5,"eightBitRounding":false,"noiseOfEach":[0.5,0]}"""));
        var again = SemanticSet.FromDescription(JsonSerializer.Deserialize<SemanticSetDescription>(json)!);
        Assert.That(JsonSerializer.Serialize(again.Describe()), Is.EqualTo(json));
        Assert.That(box.ToString(), Is.EqualTo("x[1] in [-1, 1], noise up to 0.5"));
    }

    [Test]
    public void WhatIsNoBoxIsRefusedByName()
    {
        using Tensor one = tensor(new[] { 1.0, 2 }),
            other = tensor(new[] { 0.0, 2 }),
            longer = zeros(3),
            infinite = tensor(new[] { 1, double.NaN }),
            none = zeros(0);
        Assert.That(
            () => InputBox.Of(one, other),
            Throws.ArgumentException.With.Message.Contains("Entry 0").And.Message.Contains("[1, 0]"));
        Assert.That(() => InputBox.Of(one, longer), Throws.ArgumentException.With.Message.Contains("[2]").And.Message.Contains("[3]"));
        Assert.That(() => InputBox.Of(one, infinite), Throws.ArgumentException.With.Message.Contains("Entry 1"));
        Assert.That(() => InputBox.Of(none, none), Throws.ArgumentException);
        Assert.That(() => InputBox.Around(infinite, 1), Throws.ArgumentException.With.Message.Contains("Entry 1"));
        Assert.That(() => InputBox.Around(one, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => InputBox.Around(one, 1, parameters: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        using var box = InputBox.Around(one, 1, parameters: 1);
        Assert.That(() => box.Set.Enclose(longer, box.Set.Box), Throws.ArgumentException.With.Message.Contains("3"));
    }

    [Test]
    public void AVectorTakesLightButNoBlur()
    {
        using var scope = NewDisposeScope();
        var vector = rand(5);
        var light = SemanticSet
            .Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1, ContrastPivot.Half), new Haze(0, 0.1), new GammaCorrection(-0.1, 0.1))
            .Then(new Contrast(-0.1, 0.1, ContrastPivot.ImageMean))
            .WithNoise(0.1);
        Assert.That(light.Apply(vector, light.Box.Corners()).shape, Is.EqualTo(new long[] { 32, 5 }));
        using var images = light.Enclose(vector, light.Box);
        Assert.That(images.Centre.shape, Is.EqualTo(new long[] { 1, 5 }));
        Assert.That(
            () => SemanticSet.Of(Blur.Box(0, 1, 3)).Apply(vector, [0.5]),
            Throws.ArgumentException.With.Message.Contains("Blur").And.Message.Contains("[5]"));
        Assert.That(
            () => SemanticSet.Of(new Saturation(0, 1)).Apply(vector, [0.5]),
            Throws.ArgumentException.With.Message.Contains("Saturation").And.Message.Contains("[5]"));
    }

    private static (double[] Down, double[] Up) Reach(InputBox box)
    {
        var count = (int)box.Centre.numel();
        double[] radii = box.Set.NoiseRadii.Each?.ToArray() ?? new double[count], down = [.. radii.Select(radius => -radius)];
        foreach (var range in box.Set.Parameters)
        {
            var entry = int.Parse(range.Name.Trim('x', '[', ']'));
            (down[entry], radii[entry]) = (range.Lower, range.Upper);
        }

        return (down, radii);
    }

    /// <summary>A number times 2^1100: an integer, so that sums are exact.</summary>
    private static BigInteger Exact(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = (bits & ((1L << 52) - 1)) | (exponent == 0 ? 0 : 1L << 52);
        return (value < 0 ? -mantissa : mantissa) << (Math.Max(exponent, 1) - 1075 + 1100);
    }
}
