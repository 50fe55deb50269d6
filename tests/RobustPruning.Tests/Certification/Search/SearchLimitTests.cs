using System.Diagnostics;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>A search ends when it is told to, with what it has, and tells how far it is.</summary>
public sealed class SearchLimitTests
{
    [Test]
    public void TheLimitOfBoxesIsKept()
    {
        foreach (var limit in new[] { 1, 2, 3, 10 })
        {
            var certificate = Hopeless(new CertifierOptions { MaxBoxes = limit });
            Assert.That(certificate.Boxes, Is.InRange(limit - 1, limit).And.GreaterThanOrEqualTo(1));
            RequireValid(certificate);
        }

        Assert.That(
            Hopeless(new CertifierOptions { MaxBoxes = 1, FirstCellsPerSide = 5 }).Boxes,
            Is.EqualTo(25),
            "those to begin with are bounded in any case");
    }

    [Test]
    public void ASpentBudgetOfTimeOrMemoryLeavesAValidCertificate()
    {
        foreach (var options in new[]
            {
                new CertifierOptions { TimeLimit = TimeSpan.FromTicks(1) },
                new CertifierOptions { MemoryLimit = 1 },
            })
        {
            var certificate = Hopeless(options);
            Assert.That(
                (certificate.Boxes, certificate.Leaves.Single().Upper[0], certificate.UnstableNeurons),
                Is.EqualTo((0, double.PositiveInfinity, 0.0)));
            RequireValid(certificate);
        }

        // A busy machine needs a greater limit to come as far as halving boxes.
        Certificate later;
        var limit = TimeSpan.FromMilliseconds(100);
        do
        {
            limit *= 2;
            var clock = Stopwatch.StartNew();
            later = Hopeless(new CertifierOptions { MaxBoxes = int.MaxValue, TimeLimit = limit });
            Assert.That(clock.Elapsed, Is.GreaterThan(limit - TimeSpan.FromMilliseconds(1)));
            RequireValid(later);
        }
        while (later.Boxes <= 1 && limit < TimeSpan.FromMinutes(1));
        Assert.That(later.Boxes, Is.GreaterThan(1));
    }

    [Test]
    public void TimeThatIsOverEndsAPassBetweenTwoNodes()
    {
        var certificate = Hopeless(new CertifierOptions { TimeLimit = TimeSpan.FromMilliseconds(20) }, propagator: new Endless());
        Assert.That((certificate.Boxes, certificate.Leaves.Single().Upper[0]), Is.EqualTo((0, double.PositiveInfinity)));
        RequireValid(certificate);

        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        Assert.That(
            () => Hopeless(new CertifierOptions(), null, stop.Token, new Endless()),
            Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>2¹³ boxes to begin with would be too many.</summary>
    [Test]
    public void ManyParametersHaveNoGridToBeginWith()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var set = SemanticSet.Of([.. Enumerable.Range(0, 13).Select(_ => new Brightness(-0.001, 0.001))]);
        using var certifier = new Certifier(network, set, 1.5, new CertifierOptions { FirstCellsPerSide = 2, MaxBoxes = 1, Samples = 0 });
        Assert.That(certifier.Certify(image).Boxes, Is.EqualTo(1));
    }

    /// <summary>Where samples break a claim before anything is bounded, and where nothing breaks one.</summary>
    [Test]
    public void ASearchThatStopsAtACounterexampleLeavesAValidCertificate([Values] bool atOnce)
    {
        using var image = PlantedDetector.Grey();
        using var network = PlantedDetector.Cancelling();
        var property = new AvoidanceProperty([new([[1, 0]], [-1]), new([[1, 0]], [atOnce ? 0.5 : -0.5]), new([[-1, 0]], [-0.001])]);
        foreach (var stop in new[] { false, true })
        {
            using var certifier = new Certifier(
                network.Graph,
                PlantedDetector.Light(),
                property,
                new CertifierOptions { StopAtCounterexample = stop, MaxBoxes = 64 });
            var certificate = certifier.Certify(image);
            var stopped = atOnce && stop;
            Assert.That((certificate.Falsified, certificate.Certified), Is.EqualTo((atOnce ? 1 : 0, stopped ? 0 : atOnce ? 2 : 3)));
            Assert.That(certificate.Boxes == 0, Is.EqualTo(stopped));
            var check = certificate.Check(network, image);
            Assert.That(check.IsValid, Is.True, check.ToString());
        }
    }

    [Test]
    public void CancellationEndsItBetweenTwoRounds()
    {
        using var stop = new CancellationTokenSource();
        var reports = 0;
        var progress = new Told<CertificationProgress>(_ =>
        {
            if (++reports == 3)
                stop.Cancel();
        });
        Assert.That(
            () => Hopeless(new CertifierOptions { MaxBoxes = int.MaxValue }, progress, stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(reports, Is.EqualTo(3));
    }

    [Test]
    public void ProgressGrows()
    {
        var told = new List<CertificationProgress>();
        var certificate = Hopeless(new CertifierOptions { MaxBoxes = 300 }, new Told<CertificationProgress>(told.Add));
        Assert.That(told, Has.Count.GreaterThan(3));
        Assert.That(told.Select(report => report.Boxes), Is.Ordered.Ascending.And.Unique);
        Assert.That(told[^1].Boxes, Is.EqualTo(certificate.Boxes));
        Assert.That(told.Select(report => (report.Image, report.Images, report.Decided, report.Claims)), Is.All.EqualTo((0, 1, 0, 1)));
        Assert.That(told[^1].OpenLeaves, Is.GreaterThan(0));

        told.Clear();
        using var network = PlantedDetector.Sensitive();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        using var images = zeros(3, 1, 1, 2) + 0.5;
        certifier.CertifyMany(images, progress: new Told<CertificationProgress>(told.Add));
        Assert.That(told.Select(report => report.Image).Distinct(), Is.EquivalentTo(new[] { 0, 1, 2 }));
        Assert.That(
            told.Select(report => (report.Images, report.Boxes, report.OpenLeaves, report.Decided, report.Claims)),
            Is.All.EqualTo((3, 1, 0, 2, 2)));
    }

    [Test]
    public async Task TheSameInTheBackground()
    {
        using var network = PlantedDetector.Sensitive();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        using var images = zeros(2, 1, 1, 2) + 0.5;
        using var image = images[0];
        Assert.That((await certifier.CertifyAsync(image)).ToString(), Does.StartWith("1 certified, 1 falsified"));
        Assert.That(await certifier.CertifyManyAsync(images), Has.Count.EqualTo(2));
        Assert.That(
            async () => await certifier.CertifyAsync(image, cancellationToken: new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void NothingLeaksInALongSearchOfManyImages()
    {
        using var network = new PlantedSpike(new Random(1), 0.01, 0.9999, two: true).Network();
        using var certifier = new Certifier(
            network,
            new PlantedSpike(new Random(1), 0.01, 0.9999, two: true).Set,
            1,
            new CertifierOptions { MaxBoxes = 20 });
        using var image = PlantedSpike.Image();
        using var images = stack([image, image]);
        Assert.That(LiveTensors.Growth(10, () => certifier.CertifyMany(images)), Is.LessThanOrEqualTo(0));
    }

    /// <summary>A claim that holds and that these bounds never prove.</summary>
    private static Certificate Hopeless(
        CertifierOptions options,
        IProgress<CertificationProgress>? progress = null,
        CancellationToken cancellationToken = default,
        IBoundPropagator? propagator = null)
    {
        var spike = new PlantedSpike(new Random(5), 0.1, 1, two: true);
        using var network = spike.Network();
        using var image = PlantedSpike.Image();
        using var certifier = new Certifier(network, spike.Set, 2, options with { Propagator = propagator ?? new NeverSure() });
        return certifier.Certify(image, null, progress, cancellationToken);
    }

    private static void RequireValid(Certificate certificate)
    {
        Assert.That(certificate.Unknown, Is.EqualTo(1));
        Assert.That(
            certificate.Leaves.Sum(leaf =>
                leaf.Box.Upper.Zip(leaf.Box.Lower, (high, low) => high - low).Aggregate(1.0, (area, side) => area * side)),
            Is.EqualTo(0.08).Within(1e-12));
    }

    /// <summary>A pass that goes on until it is stopped.</summary>
    private sealed class Endless : IInterruptiblePropagator
    {
        public string Name => "endless";

        public NetworkBounds Propagate(Graph graph, PerturbedImages images) => throw new InvalidOperationException("It would never end.");

        public NetworkBounds? Propagate(Graph graph, PerturbedImages images, Func<bool> stop)
        {
            while (!stop())
                Thread.Sleep(1);
            return null;
        }
    }
}
