using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>What the certifier finds holds when it is proved again.</summary>
public sealed class CertificateCheckTests
{
    [Test]
    public void RandomCertificatesAreValid()
    {
        var seed = TestEnvironment.FreshSeed();
        var seen = new Dictionary<Verdict, int>();
        var leaves = 0;
        for (var number = 0; number < 10 || (seen.Count < 4 && number < 60); number++)
        {
            using var random = RandomCertificates.Of(unchecked(seed + number), euclidean: number % 2 == 1, labelled: number % 4 == 2);
            var check = random.Check();
            Assert.That(check.IsValid, Is.True, $"seed {unchecked(seed + number)}: {check}");
            leaves += check.Leaves;
            foreach (var claim in random.Certificate.Claims)
                seen[claim.Verdict] = seen.GetValueOrDefault(claim.Verdict) + 1;
        }

        TestContext.Out.WriteLine($"{leaves} leaves, {string.Join(", ", seen)}");
        Assert.That(seen.Keys, Does.Contain(Verdict.Certified).And.Contain(Verdict.Falsified).And.Contain(Verdict.Unlabelled));
    }

    /// <summary>
    /// The checker's enclosures of curved changes are its own, a little narrower or wider than the engine's; relaxations may make more of
    /// either.
    /// </summary>
    [TestCase(962904609, true)]
    [TestCase(5002352, false)]
    [TestCase(5003408, false)]
    [TestCase(5004700, true)]
    public void CurvedChangesNeedNotBeEnclosedAlike(int seed, bool labelled)
    {
        using var random = RandomCertificates.Of(seed, euclidean: seed % 2 == 0, labelled: labelled, boxes: 6);
        Assert.That(
            random.Certificate.PerturbationSet.Transforms.All(transform => transform is AffineTransform),
            Is.False,
            "a curved change is meant");
        Assert.That(random.Check().IsValid, Is.True, random.Check().ToString());
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void ManyLeavesOfAnyDimensionAreValid(int dimension)
    {
        using var scope = NewDisposeScope();
        var networks = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = networks.Network();
        var graph = Graph.Of(network, networks.Shape);
        var image = networks.Image();
        ISemanticTransform[] transforms = [new Brightness(-0.2, 0.3), new Contrast(-0.2, 0.2), new Brightness(-0.01, 0.2)];
        using var certifier = new Certifier(
            graph, SemanticSet.Of([.. transforms.Take(dimension)]), 1e-6, new CertifierOptions
            {
                FirstCellsPerSide = 4,
                MaxBoxes = 64,
                Samples = 0,
            });
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Leaves, Has.Count.GreaterThanOrEqualTo(4));
        var check = certificate.Check(graph, image);
        Assert.That(check.IsValid, Is.True, check.ToString());
        Assert.That(check.Leaves, Is.EqualTo(certificate.Leaves.Count));
        Assert.That(certificate.AtTolerance(1e6).Check(graph, image).IsValid, Is.True);
    }

    [Test]
    public void AParameterThatDoesNotMoveIsNotCut()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(0.05, 0.05));
        using var certifier = new Certifier(network.Graph, set, 1.5, new CertifierOptions { FirstCellsPerSide = 2, MaxBoxes = 2 });
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Leaves, Has.Count.EqualTo(2));
        var check = certificate.Check(network, image);
        Assert.That(check.IsValid, Is.True, check.ToString());
    }

    [Test]
    public void LinearConstraintsAreProvedOnTheirOwnLayer()
    {
        using var network = PlantedDetector.Cancelling();
        using var image = PlantedDetector.Grey();

        // Each output moves by up to 1 with its pixel, but not their difference.
        var property = new LinearProperty([[1, 0], [0, 1], [-1, 0]], [0.001, 0.001, -0.001], ["up", "still", "broken"]);
        using var certifier = new Certifier(network.Graph, PlantedDetector.Light(), property);
        var certificate = certifier.Certify(image);
        Assert.That(
            certificate.Claims.Select(claim => claim.Verdict),
            Is.EqualTo(new[] { Verdict.Certified, Verdict.Certified, Verdict.Falsified }));
        var check = certificate.Check(network, image);
        Assert.That(check.IsValid, Is.True, check.ToString());
        Assert.That(check.ToString(), Does.StartWith("valid, 1 leaves proved again in "));
        Assert.That(() => check.RequireValid(), Throws.Nothing);
    }

    [Test]
    public void OtherDomainsMayBeWider()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        foreach (var propagator in new IBoundPropagator[]
            {
                new IntervalPropagator(),
                new SemanticIntervalPropagator(SymbolBudget.None),
                new Widened(),
            })
        {
            using var certifier = new Certifier(
                network.Graph,
                PlantedDetector.Light(),
                1.5,
                new CertifierOptions { Propagator = propagator });
            var certificate = certifier.Certify(image);
            Assert.That(certificate.Certified, Is.EqualTo(1));
            Assert.That(certificate.Check(network, image).IsValid, Is.True, propagator.Name);
        }
    }

    [Test]
    public void ASetWithAnInadmissiblePartIsCoveredWithoutIt()
    {
        using var scope = NewDisposeScope();
        using var network = PlantedDetector.Sensitive();
        var image = PlantedDetector.Grey();
        var set = SemanticSet.Of(new ConvexHull(PlantedNetwork.Image(0.6f, 0.5f), PlantedNetwork.Image(0.5f, 0.6f)));
        using var certifier = new Certifier(network.Graph, set, 0.8, new CertifierOptions { FirstCellsPerSide = 4, Workers = 1 });
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Check(network, image).IsValid, Is.True, certificate.Check(network, image).ToString());
    }

    [Test]
    public void CheckingStopsWhenCancelled()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        var certificate = certifier.Certify(image);
        Assert.That(
            () => certificate.Check(network, image, cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void TheNetworksModeStaysAndNoTensorIsLeftBehind()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        var certificate = certifier.Certify(image);
        network.train();

        // The checker's copy is made in float32 and converted to float64.
        var made = 2 * network.parameters().Count();
        Assert.That(LiveTensors.Growth(3, () => certificate.Check(network, image), made), Is.LessThanOrEqualTo(0));
        Assert.That(network.training, Is.True);
    }

    private sealed class Widened : IBoundPropagator
    {
        public string Name => "widened";

        public NetworkBounds Propagate(Graph graph, PerturbedImages images)
        {
            using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(graph, images);
            return new NetworkBounds(new NodeBounds(graph.Output, bounds.Output.Lower - 0.01, bounds.Output.Upper + 0.01), []);
        }
    }
}
