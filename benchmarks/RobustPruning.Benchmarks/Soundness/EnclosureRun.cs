using System.Diagnostics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Random images and boxes of one transform, each pixel's enclosure against many sampled θ in 64-bit numbers.</summary>
internal static class EnclosureRun
{
    /// <summary>The transforms by name: each draws one for images of a shape.</summary>
    public static IReadOnlyDictionary<string, Func<Random, int[], ISemanticTransform>> Transforms {
        get; } = new Dictionary<string, Func<Random, int[], ISemanticTransform>>
    {
        ["bias-additive"] = (random, shape) =>
            new BiasField(-Size(random), Size(random), random.Next(1, 4), BiasFieldKind.Additive, random.Next(2) == 0 ? 1 : shape[0]),
        ["bias-multiplicative"] = (random, shape) =>
            new BiasField(-Size(random), Size(random), random.Next(1, 4), BiasFieldKind.Multiplicative, random.Next(2) == 0 ? 1 : shape[0]),
        ["vignette"] = (random, _) =>
            new Vignette(-Size(random), Size(random), random.NextDouble(), random.NextDouble(), 0.3 + (3 * random.NextDouble())),
        ["shadow"] = (random, shape) => new Shadow(-Size(random), Size(random), Edge(random, shape)),
        ["light-spot"] = (random, shape) =>
            new LightSpot(0, Size(random),
                Mask.Gaussian(shape[1], shape[2], 4 * random.NextDouble(), 4 * random.NextDouble(), 0.3 + (3 * random.NextDouble())),
                random.NextDouble()),
        ["white-balance"] = (random, shape) => new WhiteBalance(-Size(random), Size(random), shape[0]),
        ["colour-temperature"] = (random, shape) => ColourTemperature(random, shape[0]),
        ["moving-shadow"] = (random, _) => new MovingShadow(
            new ParameterBox([-Size(random), -3 * Size(random)], [Size(random), 3 * Size(random)]), 360 * random.NextDouble(),
            random.NextDouble(), 0.05 + (2 * random.NextDouble())),
        ["rotation"] = (random, _) => AffineWarp.Rotation(-20 * Size(random), 20 * Size(random), Edges(random)),
        ["translation"] = (random, _) => AffineWarp.Of(Edges(random), Range(random, (WarpParameter)random.Next(1, 3))),
        ["scale"] = (random, _) => AffineWarp.Of(Edges(random), Range(random, WarpParameter.Scale)),
        ["shear"] = (random, _) => AffineWarp.Of(Edges(random), Range(random, WarpParameter.Shear)),
        ["motion-blur"] = (random, _) => new MotionBlur(0, 4 * Size(random), 360 * random.NextDouble(), Edges(random)),
        ["defocus"] = (random, _) => new Defocus(0, 2 * Size(random), Edges(random)),
        ["camera-translation"] = (random, shape) => Camera(random, shape, (CameraParameter)random.Next(3)),
        ["camera-rotation"] = (random, shape) => Camera(random, shape, (CameraParameter)random.Next(3, 6)),
        ["warp"] = (random, _) =>
        {
            var kinds = Enum.GetValues<WarpParameter>();
            random.Shuffle(kinds);
            return AffineWarp.Of(Edges(random), [.. kinds.Take(random.Next(2, 5)).Select(kind => Range(random, kind))]);
        },
    };

    /// <summary>Runs random cases of one transform.</summary>
    /// <param name="name">Its name in <see cref="Transforms"/>.</param>
    /// <param name="cases">How many images with a box each.</param>
    /// <param name="samples">How many θ of each box.</param>
    /// <param name="seed">The seed of the first case; each has the next.</param>
    public static EnclosureResult Run(string name, int cases, int samples, int seed)
    {
        var clock = Stopwatch.StartNew();
        var result = new EnclosureResult(name, cases, 0, double.NegativeInfinity, null, 0, 0, 0);
        for (var number = 0; number < cases; number++)
        {
            var caseSeed = unchecked(seed + number);
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var random = new Random(caseSeed);
            int[] shape = [random.Next(2) == 0 ? 1 : 3, random.Next(1, 7), random.Next(1, 7)];
            var set = SemanticSet.Of(Transforms[name](random, shape)).WithoutClip();
            double[] values =
            [
                .. Enumerable
                    .Range(0, shape[0] * shape[1] * shape[2])
                    .Select(_ => random.Next(4) == 0 ? random.Next(2) : random.NextDouble()),
            ];
            var image = tensor(values, [.. shape.Select(size => (long)size)]);
            var box = Box(set.Box, random);
            using var images = set.Enclose(image, box);
            var (excess, width, range) = Compare(set, image, box, images, samples, random);

            // Sampled images are off by the rounding of their own evaluation.
            var wrong = excess > Evaluation;
            result = result with
            {
                Violations = result.Violations + (wrong ? 1 : 0),
                Excess = Math.Max(result.Excess, excess),
                FirstSeed = result.FirstSeed ?? (wrong ? caseSeed : null),
                Width = result.Width + width,
                Range = result.Range + range,
                Seconds = clock.Elapsed.TotalSeconds,
            };
        }

        return result;
    }

    private const double Evaluation = 1e-12;

    /// <summary>
    /// By how much a sampled value leaves its enclosure at most, and the widths of enclosures and of samples, summed over the pixels.
    /// </summary>
    public static (double Excess, double Width, double Range) Compare(
        SemanticSet set, Tensor image, ParameterBox box, PerturbedImages images, int samples, Random random)
    {
        double[][] thetas =
        [
            .. box.Dimension <= 8 ? box.Corners() : [],
            .. box.Sample(samples, random).Select((theta, n) => n % 8 > 0 ? theta : OnFaces(theta, box, random)),
        ];
        var free = images.Radius is null ? zeros_like(images.Centre[0]) : images.Radius[0];
        Tensor? least = null, most = null;
        var excess = double.NegativeInfinity;
        foreach (var chunk in thetas.Chunk(1000))
        {
            using var scope = NewDisposeScope();
            var moved = set.Apply(image, tensor(chunk.SelectMany(theta => theta).ToArray(), [chunk.Length, box.Dimension]));
            double[] places =
            [
                .. chunk.SelectMany(theta =>
                    theta.Select((value, k) => box.HalfWidths[k] == 0 ? 0 : (value - box.Centre[k]) / box.HalfWidths[k])),
            ];
            var known =
                images.Centre[0] + tensor(places, [chunk.Length, box.Dimension]).mm(images.Generators[0].flatten(1)).reshape(moved.shape);
            excess = Math.Max(excess, ((moved - known).abs() - free).max().item<double>() - images.RoundingError);
            least = (least is null ? moved.amin(0) : least.minimum(moved.amin(0))).MoveToOuterDisposeScope();
            most = (most is null ? moved.amax(0) : most.maximum(moved.amax(0))).MoveToOuterDisposeScope();
        }

        var width = ((images.Generators[0].abs().sum([0]) + free) * 2).sum().item<double>();
        return (excess, width, (most! - least!).sum().item<double>());
    }

    private static double[] OnFaces(double[] theta, ParameterBox box, Random random) =>
        [.. theta.Select((value, k) => random.Next(3) switch { 0 => box.Lower[k], 1 => box.Upper[k], _ => value })];

    private static ParameterBox Box(ParameterBox whole, Random random)
    {
        double[] lower = [.. whole.Lower], upper = [.. whole.Upper];
        var share = Math.Pow(10, -3 * random.NextDouble());
        for (var k = 0; k < lower.Length; k++)
        {
            // All of it, a part, a part that ends at no change, nothing at all.
            double centre = lower[k] + (random.NextDouble() * (upper[k] - lower[k])), half = share * (upper[k] - lower[k]) / 2;
            (lower[k], upper[k]) = random.Next(8) switch
            {
                0 => (lower[k], upper[k]),
                1 => (Math.Max(lower[k], -2 * half), Math.Max(lower[k], 0)),
                2 => (Math.Min(upper[k], 0), Math.Min(upper[k], 2 * half)),
                3 => (centre, centre),
                _ => (Math.Max(lower[k], centre - half), Math.Min(upper[k], centre + half)),
            };
        }

        return new ParameterBox(lower, upper);
    }

    private static WarpEdges Edges(Random random) => (WarpEdges)random.Next(3);

    private static (WarpParameter Parameter, double Lower, double Upper) Range(Random random, WarpParameter parameter)
    {
        var unit = parameter switch { WarpParameter.Rotation => 40, WarpParameter.Scale or WarpParameter.Shear => 0.5, _ => 1 };
        return (parameter, -unit * Size(random), unit * Size(random));
    }

    private static CameraMotion Camera(Random random, int[] shape, CameraParameter parameter)
    {
        var camera = new PinholeCamera(
            shape[2] * (0.5 + (3 * random.NextDouble())), shape[1] * (0.5 + (3 * random.NextDouble())), shape[2] * random.NextDouble(),
            shape[1] * random.NextDouble());
        var turns = parameter is CameraParameter.Roll or CameraParameter.Pitch or CameraParameter.Yaw;
        if (random.Next(2) == 0)
        {
            // Mild enough a slope that every ray of these cameras meets the plane.
            var plane = SceneDepth.Plane(1 + random.NextDouble(), 0.2 * (random.NextDouble() - 0.5), 0.2 * (random.NextDouble() - 0.5));
            return new CameraMotion(
                parameter, -(turns ? 5 : 0.3) * Size(random), (turns ? 5 : 0.3) * Size(random), camera, plane, Edges(random));
        }

        float[] depths = [.. Enumerable.Range(0, shape[1] * shape[2]).Select(_ => (float)(0.5 + (2 * random.NextDouble())))];
        return new CameraMotion(
            parameter, -(turns ? 10 : 0.3) * Size(random), (turns ? 10 : 0.3) * Size(random), camera,
            SceneDepth.Map(tensor(depths, [shape[1], shape[2]])),
            Edges(random));
    }

    private static Mask Edge(Random random, int[] shape) =>
        Mask.HalfPlane(shape[1], shape[2], 360 * random.NextDouble(), random.NextDouble(), 0.05 + (2 * random.NextDouble()));

    private static ColourTemperature ColourTemperature(Random random, int channels)
    {
        if (channels == 3 && random.Next(2) == 0)
            return RobustPruning.Perturbations.ColourTemperature.OfBlackBody(-100 * Size(random), 300 * Size(random));
        double[] shifts = [-1, -0.3 * random.NextDouble(), 0, 0.01 + (0.4 * random.NextDouble()), 1];
        return new(
            -Size(random),
            Size(random),
            shifts,
            [.. shifts.Select(shift => Enumerable.Range(0, channels).Select(_ => shift == 0 ? 1 : 0.3 + random.NextDouble()).ToArray())]);
    }

    private static double Size(Random random) => Math.Pow(10, -2.5 * random.NextDouble()) * 0.99;
}

/// <summary>What came of the cases of one transform.</summary>
/// <param name="Transform">Its name.</param>
/// <param name="Cases">How many there were.</param>
/// <param name="Violations">In how many a sampled value left its enclosure.</param>
/// <param name="Excess">By how much at most; below zero where all stayed inside.</param>
/// <param name="FirstSeed">The seed of the first that did.</param>
/// <param name="Width">The widths of all enclosures together.</param>
/// <param name="Range">The ranges of all samples together.</param>
/// <param name="Seconds">The time it took.</param>
internal sealed record EnclosureResult(
    string Transform, int Cases, int Violations, double Excess, int? FirstSeed, double Width, double Range, double Seconds);
