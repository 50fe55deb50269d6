using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>The checker's own enclosures of curved transforms.</summary>
public sealed class ProofMovesTests
{
    private const int Cases = 12;

    private static readonly string[] Curved =
    [
        "colour-temperature", "moving-shadow", "rotation", "translation", "scale", "shear", "warp", "camera-translation", "camera-rotation",
        "motion-blur", "defocus",
    ];

    /// <summary>Whatever radius is stated, none or half of it: what comes back holds the samples.</summary>
    [TestCaseSource(nameof(Curved))]
    public void ItsRadiusHoldsTheSamplesWhateverIsStated(string name)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases; number++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(unchecked(seed + number));
            int[] shape = [random.Next(2) == 0 ? 1 : 3, random.Next(1, 5), random.Next(1, 5)];
            var set = SemanticSet.Of(EnclosureRun.Transforms[name](random, shape)).WithoutClip();
            var image = rand([.. shape.Select(size => (long)size)], dtype: float64);
            double[][] ends = [.. set.Box.Sample(2, random)];
            var share = Math.Pow(10, -2 * random.NextDouble());
            var box = new ParameterBox(
                [.. ends[0].Zip(ends[1], (a, b) => Math.Min(a, a + (share * (b - a))))],
                [.. ends[0].Zip(ends[1], (a, b) => Math.Max(a, a + (share * (b - a))))]);
            foreach (var kept in (double[])[1, 0.5, 0])
            {
                using var images = set.Enclose(
                    image,
                    [box],
                    (transform, clean, boxes, move) => ProofMoves.Recheck(transform, clean, boxes, Shrunk(move, kept)));
                var found = EnclosureRun.Compare(set, image, box, images, 300, random);
                Assert.That(found.Excess, Is.LessThan(1e-12), $"{set}, box {box}, kept {kept}, seed {seed + number}");
            }

            // It is hardly wider than what is stated and right: certificates are proved again. Large boxes of many parameters reach its
            // limit of parts.
            if (box.Dimension > 2 && share > 0.05)
                continue;
            using PerturbedImages stated = set.Enclose(image, box), proved = set.Enclose(image, [box], ProofMoves.Recheck);
            var wider = (proved.Radius ?? zeros_like(proved.Centre)) - ((stated.Radius ?? zeros_like(stated.Centre)) * 1.01);
            Assert.That(wider.max().item<double>(), Is.LessThan(1e-6), $"{set}, box {box}, seed {seed + number}");
        }
    }

    [Test]
    public void GammaIsProvedToo()
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        var set = SemanticSet.Of(new GammaCorrection(-0.5, 0.5)).WithoutClip();
        var image = cat([rand(1, 3, 4, dtype: float64), zeros(1, 3, 1, dtype: float64), ones(1, 3, 1, dtype: float64)], 2);
        var box = new ParameterBox([-0.3], [0.4]);
        using var images = set.Enclose(
            image,
            [box],
            (transform, clean, boxes, move) => ProofMoves.Recheck(transform, clean, boxes, Shrunk(move, 0)));
        Assert.That(EnclosureRun.Compare(set, image, box, images, 1000, random).Excess, Is.LessThan(1e-12));
        using var stated = set.Enclose(image, box);
        Assert.That((images.Radius! - (stated.Radius! * 1.01)).max().item<double>(), Is.LessThan(1e-8));
    }

    [Test]
    public void ACertificateOfCurvedLightIsProvedAgain()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(3, 4, 3L)), ("relu", nn.ReLU()), ("flatten", nn.Flatten()), ("fc", nn.Linear(4 * 9, 2)));
        var graph = Graph.Of(network, 3, 5, 5);
        var image = rand(3, 5, 5);
        foreach (var set in new[]
        {
            SemanticSet.Of(ColourTemperature.OfBlackBody(-20, 25)),
            SemanticSet.Of(new CameraMotion(CameraParameter.Yaw, -0.2, 0.2, PinholeCamera.Of(5, 5, 60), SceneDepth.Map(rand(5, 5) + 1)))
                .Then(new Vignette(0, 0.1)),
            SemanticSet.Of(
                new CameraMotion(CameraParameter.TranslationZ, -0.02, 0.02, PinholeCamera.Of(5, 5, 60), SceneDepth.Plane(1, 0.2))),
            SemanticSet.Of(new MovingShadow(new ParameterBox([0, -1], [0.2, 1]), 30, 0, 1.5)).Then(new Vignette(0, 0.1)),
        })
        {
            using var certifier = new Certifier(graph, set, 0.2);
            var certificate = certifier.Certify(image);
            Assert.That(certificate.Unknown, Is.Zero, $"{set}: {certificate}");
            certificate.Check(graph, image).RequireValid();
        }
    }

    [Test]
    public void IntervalsHoldTheirOperations()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 20_000; number++)
        {
            OutwardInterval a = Draw(), b = Draw();
            double x = Inside(a), y = Inside(b);
            Holds(a + b, x + y);
            Holds(a - b, x - y);
            Holds(a * b, x * y);
            Holds(-a, -x);
            Holds(a.Sine(), Math.Sin(x));
            Holds(a.Cosine(), Math.Cos(x));
            if (b.Lower > 0 || b.Upper < 0)
                Holds(a / b, x / y);
            else
                Assert.That(() => a / b, Throws.InstanceOf<DivideByZeroException>());
        }

        Assert.That(new OutwardInterval(0.1, 0.2).Sine().Width, Is.EqualTo(Math.Sin(0.2) - Math.Sin(0.1)).Within(1e-15));
        Assert.That(
            new OutwardInterval(-0.1, 0.2).Cosine(),
            Is.EqualTo(new OutwardInterval(Math.Cos(0.2), 1))
                .Using<OutwardInterval>((p, q) => Math.Abs(p.Lower - q.Lower) + Math.Abs(p.Upper - q.Upper) < 1e-15));
        Assert.That(new OutwardInterval(-9, 9).Sine(), Is.EqualTo(new OutwardInterval(-1, 1)));

        OutwardInterval Draw()
        {
            double first = (random.NextDouble() - 0.5) * 20,
                second = first + (Math.Pow(10, -8 * random.NextDouble()) * 10 * (random.NextDouble() - 0.5));
            return new(Math.Min(first, second), Math.Max(first, second));
        }

        double Inside(OutwardInterval interval) =>
            random.Next(3) switch
            {
                0 => interval.Lower,
                1 => interval.Upper,
                _ => Math.Clamp(interval.Lower + (random.NextDouble() * (interval.Upper - interval.Lower)), interval.Lower, interval.Upper),
            };

        static void Holds(OutwardInterval interval, double value) => Assert.That(value, Is.InRange(interval.Lower, interval.Upper));
    }

    private static EnclosedMove Shrunk(EnclosedMove move, double share)
    {
        if (move.Radius is null || share == 1)
            return move;
        var radius = (move.Radius * share).DetachFromDisposeScope();
        move.Radius.Dispose();
        return new EnclosedMove(move.Centre, move.Generators, radius) { Error = move.Error };
    }
}
