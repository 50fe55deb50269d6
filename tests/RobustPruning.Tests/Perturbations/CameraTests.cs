using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>Noise and 8-bit rounding.</summary>
public sealed class CameraTests
{
    [Test]
    public void RoundingFollowsTheClip()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0, 0.1, 0.5, 1 }).reshape(1, 1, 4);
        var set = SemanticSet.Of(new Brightness(-1, 1)).WithEightBitRounding();
        Assert.That(set.Apply(image, [0.0]).Numbers(), Is.EqualTo(new[] { 0, 26 / 255.0, 128 / 255.0, 1 }).Within(1e-15));
        Assert.That(set.Apply(image, [0.3]).Numbers(), Is.EqualTo(new[] { 76 / 255.0, 102 / 255.0, 204 / 255.0, 1 }).Within(1e-15));
        Assert.That(set.WithoutClip().Apply(image, [0.3]).Numbers()[3], Is.EqualTo(332 / 255.0).Within(1e-15));
    }

    [Test]
    public void NoiseIsAddedBeforeTheClip()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.5, 1 }).reshape(1, 1, 2);
        var set = SemanticSet.Of(new Brightness(-1, 1)).WithNoise(0.1);
        var noise = tensor(new[] { -0.1, 0.1, 0.05, -0.05 }).reshape(2, 1, 1, 2);
        using var moved = set.Apply(image, tensor(new[] { 0.2, 0 }).reshape(2, 1), noise);
        Assert.That(moved.Numbers(), Is.EqualTo(new[] { 0.6, 1, 0.55, 0.95 }).Within(1e-15));
        Assert.That(set.Apply(image, [0.2]).Numbers(), Is.EqualTo(new[] { 0.7, 1 }).Within(1e-15), "no noise is in the set");
    }

    [Test]
    public void TheRadiusIsThatOfNoiseAndHalfAStep()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.5, 1 }).reshape(1, 1, 2);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        using var plain = set.Enclose(image, set.Box);
        Assert.That(plain.Radius, Is.Null);
        using var none = set.WithNoise(0).Enclose(image, set.Box);
        Assert.That(none.Radius, Is.Null);
        using var noise = set.WithNoise(0.01).Enclose(image, set.Box);
        Assert.That(noise.Radius!.Numbers(), Has.All.InRange(0.01, 0.010001));
        using var both = set.WithNoise(0.01).WithEightBitRounding().Enclose(image, set.Box, set.Box);
        Assert.That(both.Radius!.shape, Is.EqualTo(new long[] { 2, 1, 1, 2 }));
        Assert.That(both.Radius.Numbers(), Has.All.InRange(0.01 + (0.5 / 255), 0.010001 + (0.5 / 255)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void ValuesHalfwayBetweenTwoStepsStayInside(bool clip)
    {
        using var scope = NewDisposeScope();

        // Every halfway point as 32-bit numbers have it, and its neighbours, is as far from its rounded value as any can be.
        float[] halfway = [.. Enumerable.Range(0, 255).Select(step => (step + 0.5f) / 255)];
        float[] values = [.. halfway, .. halfway.Select(MathF.BitIncrement), .. halfway.Select(MathF.BitDecrement)];
        using var image = tensor(values).reshape(1, 1, values.Length);
        var set = SemanticSet.Of(new Brightness(-1, 1)).WithEightBitRounding();
        set = clip ? set : set.WithoutClip();
        foreach (var brightness in new[] { 0, 1 - (0.5 / 255), 30, -20 })
        {
            using var enclosed = set.Enclose(image, new ParameterBox([brightness], [brightness]));
            using var reached = set.Apply(image, [brightness]);
            double[] centre = enclosed.Centre.Numbers(), radius = enclosed.Radius!.Numbers(), rounded = reached.Numbers();
            for (var pixel = 0; pixel < values.Length; pixel++)
            {
                var (lower, upper) = (centre[pixel] - radius[pixel], centre[pixel] + radius[pixel]);
                if (clip)
                    (lower, upper) = (Math.Clamp(lower, 0, 1), Math.Clamp(upper, 0, 1));
                Assert.That(rounded[pixel], Is.InRange(lower, upper), $"{values[pixel]} + {brightness}");
            }
        }
    }
}
