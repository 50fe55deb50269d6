using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>What a certifier refuses, and what it leaves alone.</summary>
public sealed class CertifierTests
{
    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void AToleranceMustBePositiveAndFinite(double tolerance)
    {
        using var network = PlantedDetector.Sensitive();
        Assert.That(() => new Certifier(network, PlantedDetector.Light(), tolerance), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void OptionsAreChecked()
    {
        using var network = PlantedDetector.Sensitive();
        var wrong = new CertifierOptions[]
        {
            new() { FirstCellsPerSide = 0 }, new() { BoxesPerBatch = 0 }, new() { Samples = -1 }, new() { ImagesPerBatch = 0 },
            new() { MaxBoxes = 0 }, new() { Workers = 0 }, new() { GradientSteps = -1 }, new() { TimeLimit = TimeSpan.Zero },
            new() { MemoryLimit = 0 },
        };
        foreach (var options in wrong)
            Assert.That(
                () => new Certifier(network, PlantedDetector.Light(), 1, options),
                Throws.InstanceOf<ArgumentOutOfRangeException>(),
                options.ToString());
        Assert.That(() => new Certifier(network, PlantedDetector.Light(), 1, new() { Propagator = null! }), Throws.ArgumentNullException);
    }

    [Test]
    public void DefaultsAreThese()
    {
        var options = new CertifierOptions();
        Assert.That(options.Propagator.Name, Is.EqualTo("semantic interval, all symbols"));
        Assert.That(
            (options.MaxBoxes, options.TimeLimit, options.MemoryLimit, options.Workers),
            Is.EqualTo((4000, (TimeSpan?)null, (long?)null, Environment.ProcessorCount)));
        Assert.That(
            (
                options.FirstCellsPerSide, options.BoxesPerBatch, options.Samples, options.GradientSteps, options.ImagesPerBatch,
                options.Seed),
            Is.EqualTo((1, 2, 64, 8, 64, 0)));
    }

    [Test]
    public void OutputsThatAreNoPairsAreRefused()
    {
        using var odd = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(2, 3)));
        using var map = nn.Sequential(("conv", nn.Conv2d(1, 2, 1L)));
        Assert.That(
            () => new Certifier(Graph.Of(odd, 1, 1, 2), PlantedDetector.Light(), 1),
            Throws.TypeOf<GraphException>().With.Message.Contains("[3]"));
        Assert.That(
            () => new Certifier(Graph.Of(map, 1, 1, 2), PlantedDetector.Light(), 1),
            Throws.TypeOf<GraphException>().With.Message.Contains("[2, 1, 2]"));
    }

    [Test]
    public void WeightsThatAreNotFiniteAreRefused()
    {
        using var network = PlantedDetector.Sensitive();
        network.parameters().First().Set(Enumerable.Repeat(double.NaN, 8).ToArray());
        Assert.That(
            () => new Certifier(network, PlantedDetector.Light(), 1),
            Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'fc'"));
    }

    [Test]
    public void ImagesAndLabelsThatDoNotFitAreRefused()
    {
        using var network = PlantedDetector.Sensitive();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1);
        using var sick = PlantedNetwork.Image(0.5f, float.NaN);
        using var wide = PlantedNetwork.Image(0.5f, 0.5f, 0.5f);
        using var grey = PlantedDetector.Grey();
        using var label = zeros(2);
        Assert.That(() => certifier.Certify(sick), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => certifier.Certify(wide), Throws.TypeOf<GraphException>());
        Assert.That(() => certifier.Certify(grey, label), Throws.ArgumentException.With.Message.Contains("2 values"));
    }

    [Test]
    public void AChangedNetworkIsNoticed()
    {
        using var network = PlantedDetector.Sensitive();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        using var grey = PlantedDetector.Grey();
        certifier.Certify(grey);
        using (no_grad())
            network.parameters().First().mul_(1.1);
        Assert.That(() => certifier.Certify(grey), Throws.InvalidOperationException.With.Message.Contains("changed"));
    }

    [Test]
    public void CancellationStopsIt()
    {
        using var network = PlantedDetector.Sensitive();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1);
        using var grey = PlantedDetector.Grey();
        Assert.That(
            () => certifier.Certify(grey, null, null, new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void TheNetworksModeAndStatisticsStay()
    {
        using var normalization = nn.BatchNorm2d(1);
        using var network = nn.Sequential(("bn", normalization), ("flatten", nn.Flatten()), ("fc", nn.Linear(2, 2)));
        network.train();
        using var certifier = new Certifier(Graph.Of(network, 1, 1, 2), PlantedDetector.Light(), 1);
        using var grey = PlantedDetector.Grey();
        certifier.Certify(grey);
        Assert.That(normalization.training, Is.True);
        Assert.That(normalization.running_mean!.Numbers(), Is.EqualTo(new[] { 0.0 }));
        network.eval();
        certifier.Certify(grey);
        Assert.That(normalization.training, Is.False);
    }

    [Test]
    public void NothingLeaks()
    {
        using var network = PlantedDetector.Sensitive();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        using var grey = PlantedDetector.Grey();
        Assert.That(LiveTensors.Growth(50, () => certifier.Certify(grey)), Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void TheSameSeedGivesTheSameCounterexample()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(12);
        using var network = random.Network();
        var set = SemanticSet.Of(new Brightness(-0.4, 0.4), new Contrast(-0.4, 0.4)).WithNoise(0.01);
        Tensor image = random.Image();
        using var certifier = new Certifier(Graph.Of(network, random.Shape), set, 1e-4);
        var first = certifier.Certify(image).Keypoints.Select(keypoint => keypoint.Counterexample!).ToList();
        var again = certifier.Certify(image).Keypoints.Select(keypoint => keypoint.Counterexample!).ToList();
        Assert.That(again.Select(found => found.Theta), Is.EqualTo(first.Select(found => found.Theta)));
        Assert.That(again.Select(found => found.Noise), Is.EqualTo(first.Select(found => found.Noise)));
    }
}
