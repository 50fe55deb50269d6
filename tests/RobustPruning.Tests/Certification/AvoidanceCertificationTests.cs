using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Tests.Certification.Checking;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Regions to avoid: verdicts against exact oracles and forward passes, certificates as files, and forgeries.</summary>
public sealed class AvoidanceCertificationTests
{
    [Test]
    public void OnALineTheVerdictIsTheTruth()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var seen = new Dictionary<Verdict, int>();
        for (var number = 0; number < 40; number++)
        {
            var line = new PlantedLine(random, random.Next(2, 12), 3);
            OutputRegion[] regions = [.. Enumerable.Range(0, 3).Select(_ => Region(random, line))];
            double[] depths = [.. regions.Select(line.Depth)];
            if (depths.Any(depth => Math.Abs(depth) < 1e-3))
                continue;
            using var network = line.Network();
            using var image = PlantedLine.Image();
            var property = new AvoidanceProperty(regions);
            using var certifier = new Certifier(
                network,
                PlantedLine.Set,
                property,
                new CertifierOptions { Samples = 4, GradientSteps = number % 5 });
            var certificate = certifier.Certify(image);
            Assert.That(
                certificate.Claims.Select(claim => claim.Verdict),
                Is.EqualTo(depths.Select(depth => depth > 0 ? Verdict.Falsified : Verdict.Certified)),
                $"depths {string.Join(", ", depths)}");
            foreach (var claim in certificate.Claims)
            {
                seen[claim.Verdict] = seen.GetValueOrDefault(claim.Verdict) + 1;
                if (claim.Counterexample is { } found)
                    Assert.That(
                        found.Violation,
                        Is.EqualTo(property.Violation(property.Values(found.Output), [], claim.Index))
                            .And.LessThan(depths[claim.Index] + 1e-4));
            }

            var check = certificate.Check(network, image);
            Assert.That(check.IsValid, Is.True, check.ToString());
        }

        TestContext.Out.WriteLine(string.Join(", ", seen));
        Assert.That(seen[Verdict.Certified], Is.GreaterThan(10));
        Assert.That(seen[Verdict.Falsified], Is.GreaterThan(10));
    }

    /// <summary>
    /// Regions about what the network does somewhere, or that hold much around it, under dense samples and steps up the gradient.
    /// </summary>
    [Test]
    public void OnRandomNetworksNoCertifiedRegionIsReached()
    {
        var seed = TestEnvironment.FreshSeed();
        var (certified, falsified) = (0, 0);
        for (var number = 0; number < 10 || (Math.Min(certified, falsified) <= 2 && number < 30); number++)
        {
            using var scope = NewDisposeScope();
            using var threads = new SingleThreaded();
            var random = new Random(unchecked(seed + number));
            var networks = new RandomNetworks(unchecked(seed + number));
            using var network = networks.Network();
            network.eval();
            var (graph, set, image) = (Graph.Of(network, networks.Shape), networks.Set(), (Tensor)networks.Image());
            double[][] thetas = [.. set.Box.Corners().Concat(set.Box.Sample(500, random)).Select(set.Project)];
            double[][] outputs = Run(graph, set.Apply(image, thetas));
            var spread = Enumerable.Range(0, outputs[0].Length).Average(y => outputs.Max(row => row[y]) - outputs.Min(row => row[y]));

            // The edge of each region passes by the lowest that is sampled, a little before or behind it.
            OutputRegion[] regions = [.. Enumerable.Range(0, 4).Select(region =>
            {
                double[][] rows =
                [
                    .. Enumerable
                        .Range(0, region % 3 + 1)
                        .Select(_ => Enumerable.Range(0, outputs[0].Length).Select(_ => random.NextDouble() - 0.5).ToArray()),
                ];
                var lowest = rows.Select(row => outputs.Min(output => Product(row, output))).ToArray();
                return new OutputRegion(rows, [.. lowest.Select(low => low + ((random.NextDouble() - 0.5) * spread))]);
            })];
            var property = new AvoidanceProperty(regions);
            using var certifier = new Certifier(graph, set, property, new CertifierOptions { Samples = 10, MaxBoxes = 40 });
            var certificate = certifier.Certify(image);
            foreach (var claim in certificate.Claims)
            {
                if (claim.Verdict == Verdict.Certified)
                {
                    certified++;
                    var climbed = Climbed(
                        graph, set, image, regions[claim.Index],
                        thetas.Zip(outputs).MaxBy(at => Reached(at.Second, regions[claim.Index])).First);
                    Assert.That(
                        outputs.Concat(climbed).Max(output => Reached(output, regions[claim.Index])),
                        Is.LessThan(1e-5),
                        $"seed {unchecked(seed + number)}");
                }
                else if (claim.Counterexample is { } found)
                {
                    falsified++;
                    Assert.That(
                        Reached(Run(graph, found.Input(set, image))[0], regions[claim.Index]),
                        Is.GreaterThanOrEqualTo(-1e-6 * (1 + spread)));
                }
            }
        }

        TestContext.Out.WriteLine($"{certified} certified, {falsified} falsified");
        Assert.That(Math.Min(certified, falsified), Is.GreaterThan(2));
    }

    [Test]
    public void ARegionReachedOnlyInANarrowPlaceIsFound()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 4; number++)
        {
            var spike = new PlantedSpike(random, width: 0.01, height: 10, two: number % 2 == 0);
            using var network = spike.Network();
            using var image = PlantedSpike.Image();
            foreach (var (least, verdict) in new[] { (9.0, Verdict.Falsified), (10.01, Verdict.Certified) })
            {
                using var certifier = new Certifier(
                    network.Graph,
                    spike.Set,
                    new AvoidanceProperty([
                        new OutputRegion(
                            [
                                [-1, 0],
                                [0, 1],
                            ],
                            [-least, 1]),
                    ]));
                Assert.That(certifier.Certify(image).Claims[0].Verdict, Is.EqualTo(verdict), $"at least {least}");
            }
        }
    }

    [Test]
    public void AnOutputOnTheEdgeReachesTheRegion()
    {
        // y₀ = y₁ = 3 at every brightness.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[0, 0], [0, 0]], 3, 3)));
        using var image = PlantedDetector.Grey();
        var property = new AvoidanceProperty([
            new([[1, 0]], [3]), new([[-1, 0]], [-3]), new([[1, -1]], [0]), new([[1, 0], [-1, 1]], [3, 0]),
            new([[1, 0]], [2.999]), new([[1, -1]], [-0.001]), new([[1, 0], [-1, 1]], [2.999, 0])]);
        using var certifier = new Certifier(Graph.Of(network, 1, 1, 2), PlantedDetector.Light(), property);
        Assert.That(certifier.Certify(image).Claims.Select(claim => claim.Verdict), Is.EqualTo(
            [.. Enumerable.Repeat(Verdict.Falsified, 4), .. Enumerable.Repeat(Verdict.Certified, 3)]));
    }

    [Test]
    public void CertificatesSurviveFilesAndForgedRegionsAreRefused()
    {
        // y₀ moves in [4, 6], y₃ in [8, 12], together.
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var property = new AvoidanceProperty([new([[1, 0, 0, 0], [0, 0, 0, -1]], [4.9, -10.1]), new([[0.1, 0, 0, 0]], [0.39])]);
        using var certifier = new Certifier(network.Graph, PlantedDetector.Light(), property);
        var path = Path.GetTempFileName();
        try
        {
            var certificate = certifier.Certify(image);
            Assert.That(certificate.Certified, Is.EqualTo(2));
            certificate.Save(path);
            var loaded = Certificate.Load(path);
            Assert.That(loaded.Check(network, image).IsValid, Is.True);
            var regions = ((AvoidanceProperty)loaded.Property).Regions;
            Assert.That(
                regions.SelectMany(region => region.Weights).SelectMany(row => row),
                Is.EqualTo(property.Regions.SelectMany(region => region.Weights).SelectMany(row => row)));
            Assert.That(regions.SelectMany(region => region.Limits), Is.EqualTo(property.Regions.SelectMany(region => region.Limits)));

            AvoidanceProperty[] forgeries = [
                new([new([[1, 0, 0, 0], [0, 0, 0, -1]], [5.2, -10.1]), regions[1]]),
                new([regions[0], new([[0.09, 0, 0, 0]], [0.39])]),
                new([regions[0], new([[0.1, 0, 0, 0]], [0.41])]),
                new([new([[1, 0, 0, 0]], [4.9]), regions[1]]),
                new([regions[1], regions[0]])];
            foreach (var forged in forgeries)
            {
                (loaded with { Property = forged }).Save(path);
                Assert.That(IsAccepted(path), Is.False, string.Join("; ", forged.Regions[0].Limits.Concat(forged.Regions[1].Limits)));
            }
        }
        finally
        {
            File.Delete(path);
        }

        bool IsAccepted(string forged)
        {
            try
            {
                return Certificate.Load(forged).Check(network, image).IsValid;
            }
            catch (CertificateException)
            {
                return false;
            }
        }
    }

    private static OutputRegion Region(Random random, PlantedLine line)
    {
        // A greatest weight of 1, so that depths are in the output's units.
        double[][] rows =
        [
            .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new[] { 1, random.NextDouble() - 0.5, random.NextDouble() - 0.5 }),
        ];
        var near = line.Kinks()[random.Next(line.Kinks().Count)];
        return new OutputRegion(
            rows,
            [
                .. rows.Select(row =>
                    Product(row, [.. Enumerable.Range(0, 3).Select(y => line.At(y, near))]) + (0.4 * (random.NextDouble() - 0.7))),
            ]);
    }

    /// <summary>What is seen on the way when stepping along the gradient's signs.</summary>
    private static List<double[]> Climbed(Graph graph, SemanticSet set, Tensor image, OutputRegion region, double[] theta)
    {
        var seen = new List<double[]>();
        for (var step = 0.5; step > 1e-3; step *= 0.8)
        {
            using var scope = NewDisposeScope();
            using var gradients = enable_grad();
            var at = tensor(theta, [1, theta.Length], dtype: float32).requires_grad_();
            var output = graph.Forward(set.Apply(image, at));
            seen.Add(output.detach().Numbers());
            var rows = tensor(region.Weights.SelectMany(row => row).ToArray(), [region.Limits.Count, output.shape[1]], dtype: float32);
            (tensor(region.Limits.ToArray(), dtype: float32) - output.matmul(rows.t())).amin(1).sum().backward();
            var slope = at.grad!.Numbers();
            theta = set.Project([.. theta.Select((value, k) =>
                Math.Clamp(value + (step * set.Box.HalfWidths[k] * Math.Sign(slope[k])), set.Box.Lower[k], set.Box.Upper[k]))]);
        }

        return seen;
    }

    private static double[][] Run(Graph graph, Tensor images)
    {
        using var noGradient = no_grad();
        return [.. graph.Forward(images).Numbers().Chunk((int)graph.Output.Channels)];
    }

    private static double Reached(double[] output, OutputRegion region) =>
        region.Weights.Zip(region.Limits, (row, limit) => limit - Product(row, output)).Min();

    private static double Product(IReadOnlyList<double> row, double[] output) => row.Zip(output, (weight, y) => weight * y).Sum();
}
