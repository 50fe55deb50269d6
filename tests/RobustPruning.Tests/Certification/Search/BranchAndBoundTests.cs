using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Verdicts against exact oracles, leaves that cover the set, and results that depend on nothing they should not.</summary>
public sealed class BranchAndBoundTests
{
    [Test]
    public void OnALineTheVerdictIsTheTruth()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 40; number++)
        {
            var line = new PlantedLine(random, random.Next(2, 20), 6);
            var distances = Enumerable
                .Range(0, 6)
                .Select(output => line.Kinks().Max(b => Math.Abs(line.At(output, b) - line.At(output, 0))))
                .ToArray();
            var keypoints = distances.Chunk(2).Select(pair => pair.Max()).ToArray();
            var tolerance = Math.Max(
                0.01,
                keypoints[random.Next(3)] * (random.Next(2) == 0 ? 1 + (0.003 * random.NextDouble()) : 1 - (0.003 * random.NextDouble())));
            if (keypoints.Any(distance => Math.Abs(distance - tolerance) < 1e-4 * (1 + distance)))
                continue;

            using var network = line.Network();
            using var image = PlantedLine.Image();
            using var certifier = new Certifier(
                network,
                PlantedLine.Set,
                tolerance,
                new CertifierOptions { Samples = 4, GradientSteps = number % 5 });
            var certificate = certifier.Certify(image);
            Assert.That(
                certificate.Claims.Select(claim => claim.Verdict),
                Is.EqualTo(keypoints.Select(distance => distance > tolerance ? Verdict.Falsified : Verdict.Certified)),
                $"tolerance {tolerance} of {string.Join(", ", keypoints)}");
        }
    }

    [Test]
    public void AnyLinearConstraintIsDecidedAndTighterThanOutputByOutput()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 20; number++)
        {
            var line = new PlantedLine(random, 8, 3);
            double[] weights = [.. Enumerable.Range(0, 3).Select(_ => (double)(float)(random.NextDouble() - 0.5))];
            var greatest = line.Kinks().Max(b => Enumerable.Range(0, 3).Sum(output => weights[output] * line.At(output, b)));
            var property = new LinearProperty([weights, weights], [greatest + 0.01, greatest - 0.01], ["holds", "breaks"]);
            using var network = line.Network();
            using var image = PlantedLine.Image();
            using var certifier = new Certifier(network, PlantedLine.Set, property);
            var certificate = certifier.Certify(image);
            Assert.That(certificate.Claims.Select(claim => claim.Verdict), Is.EqualTo(new[] { Verdict.Certified, Verdict.Falsified }));
            Assert.That(
                (certificate.Reference.Count, certificate.Predicted.Count, certificate.Leaves[0].Upper.Count, certificate.AgainstLabel),
                Is.EqualTo((0, 3, 2, false)));
            var found = certificate.Claims[1].Counterexample!;
            Assert.That(
                found.Violation,
                Is.EqualTo(property.Values(found.Output)[1] - greatest + 0.01).Within(1e-12).And.InRange(0, 0.0101));
            Assert.That(
                () => certifier.Certify(image, zeros(3)),
                Throws.ArgumentException.With.Message.Contains("not measured from a label"));
        }
    }

    [Test]
    public void AClassifiersMarginsAreDecided()
    {
        // y₀ − y₁ = 10 x − 4 for pixel x: 1 at the grey image, 0 at brightness −0.1; y₂ is far below.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[10, 0], [0, 0], [0, 0]], 0, 4, -5)));
        using var grey = PlantedDetector.Grey();
        Assert.That(Verdicts(0.05), Is.EqualTo(new[] { Verdict.Certified, Verdict.Certified }));
        Assert.That(Verdicts(0.12), Is.EqualTo(new[] { Verdict.Falsified, Verdict.Certified }));

        Verdict[] Verdicts(double brightness)
        {
            using var certifier = new Certifier(
                Graph.Of(network, 1, 1, 2),
                SemanticSet.Of(new Brightness(-brightness, brightness)),
                LinearProperty.Margins(3, 0));
            return [.. certifier.Certify(grey).Claims.Select(claim => claim.Verdict)];
        }
    }

    [Test]
    public void AStraightDistanceIsStricterThanOneAlongTheAxes()
    {
        // Both coordinates move by 1: 1 along the axes, √2 in a straight line.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[10, 0], [0, 10]], 0, 0)));
        foreach (var (norm, tolerance, verdict) in new[]
        {
            (KeypointNorm.LInfinity, 1.01, Verdict.Certified), (KeypointNorm.LInfinity, 0.99, Verdict.Falsified),
            (KeypointNorm.Euclidean, 1.42, Verdict.Certified), (KeypointNorm.Euclidean, 1.41, Verdict.Falsified),
        })
        {
            using var grey = PlantedDetector.Grey();
            using var certifier = new Certifier(Graph.Of(network, 1, 1, 2), PlantedDetector.Light(), new KeypointProperty(tolerance, norm));
            Assert.That(certifier.Certify(grey).Claims.Single().Verdict, Is.EqualTo(verdict), $"{norm} {tolerance}");
        }
    }

    [Test]
    public void LeavesCoverTheSetWithoutOverlapAndEachHoldsItsSamples()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 6; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            var set = SemanticSet.Of(new Brightness(-0.2, 0.1), new Contrast(-0.1, 0.3));
            var image = random.Image();
            var options = new CertifierOptions { MaxBoxes = 60, FirstCellsPerSide = 1 + (number % 3), Samples = 0, GradientSteps = 1 };
            using var certifier = new Certifier(Graph.Of(network, random.Shape), set, Tolerance(network, set, image), options);
            var certificate = certifier.Certify(image);

            Assert.That(certificate.Leaves.Sum(leaf => Area(leaf.Box)), Is.EqualTo(Area(set.Box)).Within(1e-12));
            var thetas = set.Box.Sample(200, new Random(seed));
            foreach (var (theta, output) in thetas.Zip(
                network.forward(set.Apply(image, thetas)).Numbers().Chunk(certificate.Predicted.Count)))
            {
                var holding = certificate.Leaves.Where(leaf => leaf.Box.Contains(theta)).ToList();
                Assert.That(holding, Has.Count.EqualTo(1), "a random θ lies on no face");
                Assert.That(
                    output
                        .Zip(holding[0].Lower, holding[0].Upper)
                        .All(value => value.First > value.Second - 1e-4 && value.First < value.Third + 1e-4),
                    $"seed {seed + number}");
            }

            Assert.That(
                certificate.Claims,
                Is.EqualTo(
                    certificate.Claims.Select(claim =>
                        ClaimResult.Of(
                            certificate.Property, certificate.Reference, certificate.Leaves, claim.Index, claim.Counterexample))),
                "verdicts follow from the leaves");
        }
    }

    [Test]
    public void NeitherWorkersNorCompanyChangeACertificate()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2), new Contrast(-0.2, 0.2));
        var images = stack([random.Image(), random.Image(), random.Image()]);
        var tolerance = Tolerance(network, set, images[0]);
        var runs = new[] { 1, 2, 5 }.Select(workers =>
        {
            using var certifier = new Certifier(
                Graph.Of(network, random.Shape), set, tolerance, new CertifierOptions
                {
                    Workers = workers,
                    MaxBoxes = 50,
                    Samples = 8,
                });
            return certifier.CertifyMany(images).Append(certifier.Certify(images[1])).ToList();
        }).ToList();
        foreach (var run in runs)
        {
            Assert.That(run.Select(certificate => certificate.Boxes), Is.EqualTo(runs[0].Select(certificate => certificate.Boxes)));
            foreach (var (one, other) in run.Append(run[3]).Zip(runs[0].Append(runs[0][1])))
            {
                Assert.That(one.Leaves.Select(leaf => leaf.Box.ToString()), Is.EqualTo(other.Leaves.Select(leaf => leaf.Box.ToString())));
                Assert.That(
                    one.Leaves.SelectMany(leaf => leaf.Upper.Concat(leaf.Lower)),
                    Is.EqualTo(other.Leaves.SelectMany(leaf => leaf.Upper.Concat(leaf.Lower))));
                Assert.That(
                    one.Claims.Select(claim => (claim.Verdict, string.Join(' ', claim.Counterexample?.Theta ?? []))),
                    Is.EqualTo(other.Claims.Select(claim => (claim.Verdict, string.Join(' ', claim.Counterexample?.Theta ?? [])))));
            }
        }
    }

    [Test]
    public void LabelsAreEachImagesOwn()
    {
        using var network = PlantedDetector.Sensitive();
        using var scope = NewDisposeScope();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 2.5);
        var images = stack([PlantedDetector.Grey(), PlantedDetector.Grey()]);
        var labels = tensor(new float[] { 5, 3, 7, 10, 8, 3, float.NaN, 10 }, [2, 4]);
        var verdicts = certifier
            .CertifyMany(images, labels)
            .Select(certificate => certificate.Claims.Select(claim => claim.Verdict).ToArray())
            .ToList();
        Assert.That(verdicts[0], Is.EqualTo(new[] { Verdict.Certified, Verdict.Certified }));
        Assert.That(verdicts[1], Is.EqualTo(new[] { Verdict.Falsified, Verdict.Unlabelled }));
        Assert.That(certifier.CertifyMany(zeros(0, 1, 1, 2)), Is.Empty);
        Assert.That(() => certifier.CertifyMany(images[0]), Throws.TypeOf<GraphException>().With.Message.Contains("[1, 2]"));
        Assert.That(() => certifier.CertifyMany(images, labels[0]), Throws.ArgumentException.With.Message.Contains("[2, F]"));
    }

    [Test]
    public void SidesAndBoxesOfNoWidthAreDecided()
    {
        using var network = PlantedDetector.Sensitive();
        using var grey = PlantedDetector.Grey();
        Assert.That(
            Verdicts(SemanticSet.Of(new Brightness(0.1, 0.1), new Contrast(0, 0)), 1.5),
            Is.EqualTo(new[] { Verdict.Certified, Verdict.Falsified }));
        Assert.That(
            Verdicts(SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(0, 0)), 1.5),
            Is.EqualTo(new[] { Verdict.Certified, Verdict.Falsified }));

        // Neither broken nor proved by these bounds: a box that cannot be halved ends as unknown.
        var loose = new CertifierOptions { Propagator = new NeverSure() };
        using var certifier = new Certifier(network, SemanticSet.Of(new Brightness(0.01, 0.01)), 1.5, loose);
        var certificate = certifier.Certify(grey);
        Assert.That((certificate.Unknown, certificate.Boxes), Is.EqualTo((2, 1)));

        Verdict[] Verdicts(SemanticSet set, double tolerance)
        {
            using var certifier = new Certifier(network, set, tolerance);
            return [.. certifier.Certify(grey).Claims.Select(claim => claim.Verdict)];
        }
    }

    [Test]
    public void ASideOfTwoNumbersIsNotHalvedForEver()
    {
        using var network = PlantedDetector.Sensitive();
        using var grey = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Brightness(0.01, Math.BitIncrement(Math.BitIncrement(0.01))));
        using var certifier = new Certifier(network, set, 1.5, new CertifierOptions { Propagator = new NeverSure() });
        var certificate = certifier.Certify(grey);
        Assert.That((certificate.Unknown, certificate.Boxes, certificate.Leaves.Count), Is.EqualTo((2, 3, 2)));
    }

    [Test]
    public void OnlyAdmissibleBoxesOfAConvexHullAreSearched()
    {
        // x = 10 (θ₁ + θ₂) at one pixel: 10 over the hull, 20 over the box.
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[10, 0], [0, 0]], 0, 0)));
        var set = SemanticSet.Of(new ConvexHull(PlantedNetwork.Image(1, 0), PlantedNetwork.Image(1, 1)));
        using var certifier = new Certifier(Graph.Of(network, 1, 1, 2), set.WithoutClip(), 10.5);
        var certificate = certifier.Certify(PlantedNetwork.Image(0, 0));
        Assert.That(certificate.Certified, Is.EqualTo(1), certificate.ToString());
        Assert.That(certificate.Leaves.All(leaf => set.IsAdmissible(leaf.Box)));
        using var tight = new Certifier(Graph.Of(network, 1, 1, 2), set.WithoutClip(), 9.5);
        Assert.That(tight.Certify(PlantedNetwork.Image(0, 0)).Claims[0].Counterexample!.Theta.Sum(), Is.InRange(0.95, 1));
    }

    private static double Area(ParameterBox box) =>
        box.Upper.Zip(box.Lower, (high, low) => high - low).Aggregate(1.0, (area, side) => area * side);

    /// <summary>A tolerance that some keypoints hold and others do not.</summary>
    private static double Tolerance(nn.Module<Tensor, Tensor> network, SemanticSet set, Tensor image)
    {
        using var scope = NewDisposeScope();
        var outputs = network.forward(set.Apply(image, [[0, 0], .. set.Box.Sample(200, new Random(1))]));
        return (outputs - outputs[0]).abs().amax(0).Numbers().Chunk(2).Average(pair => pair.Max()) + 1e-3;
    }
}
