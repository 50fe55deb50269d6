using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class OffsetBlurTests
{
    [Test]
    public void AMotionBlurIsTheMeanOfMovedImages()
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        var image = rand(2, 5, 7, dtype: float64);
        foreach (var edges in Enum.GetValues<WarpEdges>())
        {
            double angle = 360 * random.NextDouble(), length = 2.5 * random.NextDouble();
            var blur = new MotionBlur(0, 2.5, angle, edges);
            Assert.That(blur.Samples, Is.EqualTo(7));
            var moves = SemanticSet
                .Of(AffineWarp.Of(edges, (WarpParameter.TranslationX, -3, 3), (WarpParameter.TranslationY, -3, 3)))
                .WithoutClip();
            double[][] places =
            [
                .. Enumerable
                    .Range(0, 7)
                    .Select(n => length * (((n + 0.5) / 7) - 0.5))
                    .Select(place => new[] { place * Math.Cos(angle * Math.PI / 180), place * Math.Sin(angle * Math.PI / 180) }),
            ];
            Assert.That(
                TensorValues.Gap(SemanticSet.Of(blur).WithoutClip().Apply(image, [length])[0], moves.Apply(image, places).mean([0])),
                Is.LessThan(1e-13));
        }
    }

    [Test]
    public void ADefocusIsAnAverageOverADisc()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new Defocus(0, 3, WarpEdges.Zero)).WithoutClip();
        var image = zeros(1, 15, 15, dtype: float64);
        image[0, 7, 7] = 1;
        var moved = set.Apply(image, [3.0])[0][0];

        // Nothing beyond the radius and the neighbours between which values lie, and the whole of the light inside, evenly: 1 / 9π a pixel.
        for (var y = 0; y < 15; y++)
        {
            for (var x = 0; x < 15; x++)
            {
                var distance = double.Hypot(x - 7, y - 7);
                if (distance > 3 + Math.Sqrt(2))
                    Assert.That(moved[y, x].item<double>(), Is.Zero);
                else if (distance < 1.5)
                    Assert.That(moved[y, x].item<double>(), Is.EqualTo(1 / (9 * Math.PI)).Within(0.02));
            }
        }

        Assert.That(moved.sum().item<double>(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void BothAreSharpAtZeroKeepFlatImagesAndAreKeptByFiles()
    {
        using var scope = NewDisposeScope();
        var image = rand(3, 4, 5, dtype: float64);
        foreach (ISemanticTransform blur in (ISemanticTransform[])[new MotionBlur(0, 3, 20), new Defocus(0.5, 2, WarpEdges.Reflect)])
        {
            var set = SemanticSet.Of(blur).Then(new Brightness(-0.1, 0.1));
            Assert.That(TensorValues.Gap(set.Apply(image, [0.0, 0.0])[0], image), Is.Zero);
            Assert.That(TensorValues.Gap(set.Apply(full_like(image, 0.5), [1.7, 0.0])[0], full_like(image, 0.5)), Is.LessThan(1e-15));
            var json = System.Text.Json.JsonSerializer.Serialize(set.Scaled(0.5).Describe());
            var again = SemanticSet.FromDescription(System.Text.Json.JsonSerializer.Deserialize<SemanticSetDescription>(json)!);
            Assert.That(TensorValues.Gap(set.Apply(image, [0.9, 0.05]), again.Apply(image, [0.9, 0.05])), Is.Zero, json);
        }
    }

    [Test]
    public void WhatMakesNoSenseIsRefused()
    {
        using var scope = NewDisposeScope();
        Refused(() => new MotionBlur(-1, 1), "[0, 64]");
        Refused(() => new MotionBlur(0, 65), "65");
        Refused(() => new MotionBlur(2, 1), "inverted");
        Refused(() => new MotionBlur(0, 1, double.NaN), "angle");
        Refused(() => new MotionBlur(0, 1, 0, (WarpEdges)7), "7");
        Refused(() => new Defocus(0, 9), "[0, 8]");
        Refused(() => new Defocus(0, double.NaN), "NaN");
        Refused(() => SemanticSet.Of(new Defocus(0, 1)).Apply(ones(5), [0.5]), "[C, H, W]");

        static void Refused(Action action, string part) =>
            Assert.That(action, Throws.InstanceOf<ArgumentException>().With.Message.Contains(part));
    }
}
