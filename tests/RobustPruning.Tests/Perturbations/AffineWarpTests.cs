using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class AffineWarpTests
{
    private const int Cases = 25;
    private const int Samples = 2000;

    public static IEnumerable<string> Transforms => EnclosureRun.Transforms.Keys;

    /// <summary>A short form of the benchmark <c>enclosures</c>.</summary>
    [TestCaseSource(nameof(Transforms))]
    public void EverySampledPixelLiesInItsEnclosure(string transform)
    {
        var result = EnclosureRun.Run(transform, Cases, Samples, TestEnvironment.FreshSeed());
        Assert.That(result.Violations, Is.Zero, $"{result}");
    }

    [Test]
    public void ItIsTorchsGridSample([Values] WarpEdges edges)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 30; number++)
        {
            using var scope = NewDisposeScope();
            var (height, width) = (random.Next(2, 7), random.Next(2, 7));
            var warp = AffineWarp.Of(
                edges, (WarpParameter.Rotation, -180, 180), (WarpParameter.TranslationX, -1.9, 1.9), (WarpParameter.Scale, -0.5, 1),
                (WarpParameter.Shear, -1, 1));
            var image = rand(2, height, width, dtype: float64);
            var theta = SemanticSet.Of(warp).Box.Sample(1, random)[0];
            var moved = SemanticSet.Of(warp).WithoutClip().Apply(image, theta)[0];

            // Each new pixel's old place by the inverse of a matrix, in torch's coordinates from edge to edge.
            double angle = theta[0] * Math.PI / 180, grow = 1 + theta[2];
            var forward = tensor(new[] { Math.Cos(angle), -Math.Sin(angle), Math.Sin(angle), Math.Cos(angle) }, [2, 2])
                .mm(tensor(new[] { 1, theta[3], 0, 1 }, [2, 2])) * grow;
            var inverse = linalg.inv(forward);
            var grid = zeros(1, height, width, 2, dtype: float64);
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var place = inverse.mv(tensor(new[] { x - ((width - 1) / 2.0) - theta[1], y - ((height - 1) / 2.0) }));
                    grid[0, y, x, 0] = place[0] / (width / 2.0);
                    grid[0, y, x, 1] = place[1] / (height / 2.0);
                }
            }

            var padding = edges switch
            {
                WarpEdges.Zero => GridSamplePaddingMode.Zeros,
                WarpEdges.Border => GridSamplePaddingMode.Border,
                _ => GridSamplePaddingMode.Reflection,
            };
            var expected = nn.functional.grid_sample(image.unsqueeze(0), grid, GridSampleMode.Bilinear, padding, align_corners: false)[0];
            Assert.That(TensorValues.Gap(moved, expected), Is.LessThan(1e-11), $"{edges}, {string.Join(", ", theta)}");
        }
    }

    [Test]
    public void TheSceneMovesTheWayItIsSaidTo()
    {
        using var scope = NewDisposeScope();
        var image = zeros(1, 5, 5, dtype: float64);
        image[0, 2, 3] = 1;
        Assert.That(Brightest(WarpParameter.TranslationX, 1), Is.EqualTo((4, 2)));
        Assert.That(Brightest(WarpParameter.TranslationY, -1), Is.EqualTo((3, 1)));
        Assert.That(Brightest(WarpParameter.Rotation, 90), Is.EqualTo((2, 3)), "from the x axis to the y axis, which points down");
        Assert.That(Brightest(WarpParameter.Scale, 1), Is.EqualTo((4, 2)));
        image[0, 2, 3] = 0;
        image[0, 3, 2] = 1;
        Assert.That(Brightest(WarpParameter.Shear, 1), Is.EqualTo((3, 3)));

        (int X, int Y) Brightest(WarpParameter parameter, double value)
        {
            var moved = SemanticSet
                .Of(AffineWarp.Of(WarpEdges.Zero, (parameter, Math.Min(value, 0), Math.Max(value, 0))))
                .Apply(image, [value]);
            var place = (int)moved.argmax().item<long>();
            return (place % 5, place / 5);
        }
    }

    /// <summary>A 64th of ±2 degrees: enclosures hardly wider than what is reached.</summary>
    [TestCase(32, 64, 1.02)]
    [TestCase(32, 16, 1.1)]
    public void EnclosuresOfSmallBoxesAreTight(int size, int parts, double most)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        var image = rand(1, size, size, dtype: float64);
        foreach (var edges in Enum.GetValues<WarpEdges>())
        {
            var set = SemanticSet.Of(AffineWarp.Rotation(-2, 2, edges)).WithoutClip();
            var (width, range) = (0.0, 0.0);
            foreach (var box in set.Box.Grid(parts).Where((_, index) => index % (parts / 4) == 1))
            {
                using var images = set.Enclose(image, box);
                var found = EnclosureRun.Compare(set, image, box, images, 200, random);
                Assert.That(found.Excess, Is.LessThan(1e-12));
                (width, range) = (width + found.Width, range + found.Range);
            }

            TestContext.Out.WriteLine($"{edges}: {width / range}");
            Assert.That(width / range, Is.LessThan(most), $"{edges}");
        }
    }

    [Test]
    public void AMoveWithinACellIsExact()
    {
        using var scope = NewDisposeScope();
        var image = rand(3, 4, 6, dtype: float64);
        foreach (var edges in Enum.GetValues<WarpEdges>())
        {
            var set = SemanticSet.Of(AffineWarp.Of(edges, (WarpParameter.TranslationX, -2, 2)));
            using var inside = set.Enclose(
                image, new ParameterBox([0], [0.5]), new ParameterBox([-1], [0]), new ParameterBox([0.25], [0.75]));
            Assert.That(inside.Radius, Is.Null);
            Assert.That(inside.RoundingError, Is.LessThan(1e-10));
            using var across = set.Enclose(image, new ParameterBox([-0.5], [0.5]));
            Assert.That(across.Radius!.max().item<double>(), Is.Positive);
        }
    }

    /// <summary>Half the box, a quarter of the radius, where paths stay in their cells.</summary>
    [Test]
    public void TheRadiusFallsWithTheSquareOfTheBox()
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var image = rand(1, 8, 8, dtype: float64);
        var set = SemanticSet.Of(AffineWarp.Of(WarpEdges.Border, (WarpParameter.Rotation, -2, 2), (WarpParameter.Scale, -0.1, 0.1)));
        double[] Radii(double half)
        {
            using var images = set.Enclose(image, new ParameterBox([1 - half, 0.03 - (half / 20)], [1 + half, 0.03 + (half / 20)]));
            return images.Radius!.Numbers();
        }

        // Pixel by pixel: the median over pixels of each box would be that of two different pixels.
        double[] ratios =
        [
            .. Radii(0.02).Zip(Radii(0.01)).Where(pair => pair.Second > 1e-9).Select(pair => pair.First / pair.Second).Order(),
        ];
        Assert.That(ratios, Has.Length.GreaterThan(16));
        Assert.That(ratios[ratios.Length / 2], Is.InRange(3.5, 4.5));
    }

    [Test]
    public void GradientsAreThoseOfFiniteDifferences()
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        Tensor image = rand(2, 5, 6, dtype: float64), weights = randn(1, 2, 5, 6, dtype: float64);
        var set = SemanticSet
            .Of(
                AffineWarp.Of(
                    WarpEdges.Reflect, (WarpParameter.Rotation, -2, 2), (WarpParameter.TranslationY, -1, 1), (WarpParameter.Scale, 0, 1),
                    (WarpParameter.Shear, 0, 1)))
            .WithoutClip();
        double[] point = [0.71, 0.337, 0.0213, 0.0457];
        var expected = FiniteDifference.Gradient(at => (set.Apply(image, [at]) * weights).sum().item<double>(), point, 1e-7);
        using var theta = tensor(point).reshape(1, 4).requires_grad_(true);
        (set.Apply(image, theta) * weights).sum().backward();
        Assert.That(theta.grad!.Numbers(), Is.EqualTo(expected).Within(1e-5));
    }

    [Test]
    public void LightMayFollowAndFilesKeepIt()
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        var image = rand(3, 5, 5, dtype: float64);
        var set = SemanticSet.Of(AffineWarp.Of(WarpEdges.Border, (WarpParameter.Rotation, -2, 2), (WarpParameter.TranslationX, -1, 1)))
            .Then(new Contrast(-0.1, 0.1), new Vignette(-0.2, 0.2)).Then(new Brightness(-0.1, 0.1)).WithNoise(0.01);
        var json = System.Text.Json.JsonSerializer.Serialize(set.Describe());
        Assert.That(json, Does.Contain("""[{"kind":"affineWarp","parameters":["Rotation","TranslationX"],"edges":"Border"}]"""));
        var again = SemanticSet.FromDescription(System.Text.Json.JsonSerializer.Deserialize<SemanticSetDescription>(json)!);
        var thetas = set.Box.Sample(50, random);
        Assert.That(TensorValues.Gap(set.Apply(image, [.. thetas]), again.Apply(image, [.. thetas])), Is.Zero);

        using var images = set.Enclose(image, set.Box);
        var free = images.Radius! + images.Generators.narrow(1, 5, images.Generators.shape[1] - 5).abs().sum([1]);
        foreach (var theta in thetas)
        {
            double[] places = [.. theta.Select((value, k) => (value - set.Box.Centre[k]) / set.Box.HalfWidths[k])];
            var known =
                images.Centre
                + tensor(places).reshape(1, 5).mm(images.Generators[0].narrow(0, 0, 5).flatten(1)).reshape(images.Centre.shape);
            var off = (set.WithoutClip().Apply(image, theta) - known).abs() - free;
            Assert.That(off.max().item<double>(), Is.LessThan(1e-13));
        }
    }

    [Test]
    public void WhatMakesNoSenseIsRefused()
    {
        using var scope = NewDisposeScope();
        Refused(() => AffineWarp.Rotation(2, -2), "rotation");
        Refused(() => AffineWarp.Rotation(double.NaN, 2), "NaN");
        Refused(() => AffineWarp.Of(WarpEdges.Zero), "at least one");
        Refused(() => AffineWarp.Of(WarpEdges.Zero, (WarpParameter.Shear, 0, 1), (WarpParameter.Shear, 0, 1)), "Shear, Shear");
        Refused(() => AffineWarp.Of(WarpEdges.Zero, [.. Enum.GetValues<WarpParameter>().Select(kind => (kind, 0.0, 0.1))]), "1 to 4");
        Refused(() => AffineWarp.Of(WarpEdges.Zero, (WarpParameter.Scale, -1, 1)), "scale -1");
        Refused(() => AffineWarp.Of((WarpEdges)9, (WarpParameter.Scale, 0, 1)), "9");
        Refused(() => AffineWarp.Of(WarpEdges.Zero, ((WarpParameter)9, 0, 1)), "9");
        var far = SemanticSet.Of(AffineWarp.Of(WarpEdges.Zero, (WarpParameter.TranslationY, -5, 5)));
        Refused(() => far.Enclose(ones(1, 5, 9), far.Box), "translation y by -5 px leaves no pixel of an image of 9x5");
        Refused(() => far.Apply(ones(1, 5, 9), [5.0]), "translation y by 5 px");
        Refused(() => far.Apply(ones(5), [1.0]), "[C, H, W]");

        static void Refused(Action action, string part) =>
            Assert.That(action, Throws.InstanceOf<ArgumentException>().With.Message.Contains(part));
    }
}
