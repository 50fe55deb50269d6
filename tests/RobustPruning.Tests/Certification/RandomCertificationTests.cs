using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Verdicts on random networks against plain forward passes.</summary>
public sealed class RandomCertificationTests
{
    [Test]
    public void FalsifiedIsBrokenAndCertifiedIsNotByForwardPasses()
    {
        var seed = TestEnvironment.FreshSeed();
        var seen = new Dictionary<Verdict, int>();
        for (var number = 0;
            number < 12 || (number < 40 && !(seen.ContainsKey(Verdict.Falsified) && seen.ContainsKey(Verdict.Certified)));
            number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            SemanticSet set = random.Set();
            Tensor image = random.Image();
            var clean = network.forward(image.unsqueeze(0)).Numbers();
            var sampled = network
                .forward(set.Apply(image, [.. set.Box.Corners().Concat(set.Box.Sample(100, new Random(seed))).Select(set.Project)]))
                .Numbers();
            var spread = Enumerable.Range(0, sampled.Length).Max(index => Math.Abs(sampled[index] - clean[index % clean.Length]));
            var tolerance = (0.1 + new Random(seed + number).NextDouble()) * Math.Max(spread, 1e-3);
            using var certifier = new Certifier(
                Graph.Of(network, random.Shape), set, tolerance, new CertifierOptions
                {
                    Samples = 20,
                    MaxBoxes = 40,
                    BoxesPerBatch = 3,
                });
            foreach (var keypoint in certifier.Certify(image).Keypoints)
            {
                seen[keypoint.Verdict] = seen.GetValueOrDefault(keypoint.Verdict) + 1;

                // Where a warp moves the scene, keypoints are measured from where it takes them: MovingKeypointTests.
                if (set.Transforms.Any(transform => transform is AffineWarp))
                    continue;
                if (keypoint.Verdict == Verdict.Falsified)
                    CheckBroken(keypoint, network.forward(keypoint.Counterexample!.Input(set, image)).Numbers(), clean, tolerance);
                if (keypoint.Verdict == Verdict.Certified)
                    Assert.That(Furthest(sampled, clean, keypoint.Index), Is.LessThanOrEqualTo(tolerance + 1e-5));
            }
        }

        TestContext.Out.WriteLine(string.Join(", ", seen));
        Assert.That(seen.Keys, Does.Contain(Verdict.Falsified).And.Contain(Verdict.Certified));
    }

    [Test]
    public void MoreCellsTightenTheRange()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(7);
        using var network = random.Network();
        var set = SemanticSet.Of(new Brightness(-0.3, 0.3), new Contrast(-0.3, 0.3));
        Tensor image = random.Image();
        var ranges = new[] { 1, 2, 6 }.Select(cells =>
        {
            using var certifier = new Certifier(
                Graph.Of(network, random.Shape), set, 1, new CertifierOptions
                {
                    FirstCellsPerSide = cells,
                    MaxBoxes = 1,
                    BoxesPerBatch = 5,
                });
            var certificate = certifier.Certify(image);
            Assert.That(certificate.Boxes, Is.EqualTo(cells * cells));
            return certificate.CertifiedRange;
        }).ToList();
        Assert.That(ranges[1], Is.LessThan(0.99 * ranges[0]));
        Assert.That(ranges[2], Is.LessThan(0.99 * ranges[1]));

        var sampled = network.forward(set.Apply(image, [.. set.Box.Sample(500, new Random(1))])).Numbers();
        var outputs = sampled.Length / 500;
        var truth = Enumerable.Range(0, outputs).Average(output =>
        {
            var values = Enumerable.Range(0, 500).Select(row => sampled[(row * outputs) + output]).ToList();
            return values.Max() - values.Min();
        });
        Assert.That(ranges[2], Is.GreaterThanOrEqualTo(truth));
    }

    [Test]
    public void TheSizeOfABatchChangesNothing()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(9);
        using var network = random.Network();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1));
        Tensor image = random.Image();
        var certificates = new[] { 1, 4, 100 }.Select(batch =>
        {
            using var certifier = new Certifier(
                Graph.Of(network, random.Shape), set, 1, new CertifierOptions
                {
                    FirstCellsPerSide = 3,
                    MaxBoxes = 20,
                    BoxesPerBatch = batch,
                    ImagesPerBatch = batch,
                });
            return certifier.Certify(image);
        }).ToList();
        foreach (var other in certificates.Skip(1))
        {
            Assert.That(other.CertifiedRange, Is.EqualTo(certificates[0].CertifiedRange).Within(1e-5));
            Assert.That(other.UnstableNeurons, Is.EqualTo(certificates[0].UnstableNeurons).Within(1));
            Assert.That(
                other.Keypoints.Select(keypoint => keypoint.Verdict),
                Is.EqualTo(certificates[0].Keypoints.Select(keypoint => keypoint.Verdict)));
        }
    }

    private static void CheckBroken(KeypointResult keypoint, double[] output, double[] clean, double tolerance)
    {
        var distance = Furthest(output, clean, keypoint.Index);
        Assert.That(distance, Is.GreaterThan(tolerance));
        Assert.That(keypoint.Counterexample!.Violation, Is.EqualTo(distance - tolerance).Within(1e-5 * (1 + distance)));

        // Another number of threads may sum in another order: the last digit of a 32-bit number is not the test's.
        Assert.That(keypoint.Counterexample.Output, Is.EqualTo(output).Within(1e-6 * (1 + output.Max(Math.Abs))));
    }

    private static double Furthest(double[] rows, double[] clean, int keypoint) => Enumerable.Range(0, rows.Length)
        .Where(index => index % clean.Length / 2 == keypoint).Max(index => Math.Abs(rows[index] - clean[index % clean.Length]));
}
