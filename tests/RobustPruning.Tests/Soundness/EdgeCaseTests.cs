using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Tests.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>What happens at the ends of what numbers, boxes and networks can be.</summary>
public sealed class EdgeCaseTests
{
    private static readonly IBoundPropagator[] Domains =
        [new SemanticIntervalPropagator(SymbolBudget.All), new SemanticIntervalPropagator(SymbolBudget.None), new IntervalPropagator()];

    [Test]
    public void NumbersWithFewDigitsAreEnclosed([Values(1e-38f, 1e-41f, 1e-45f)] float tiny)
    {
        // y = w (x₁ + b) + w (x₂ + b) and its positive part, with w and x₁ too small for all digits.
        double w = tiny, greatest = w * ((double)tiny + 0.5 + 0.2), least = w * (0.5 - 0.1);
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [tiny, tiny],
                        [-tiny, -tiny],
                    ],
                    0,
                    0)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [1, 0],
                        [0, 1],
                    ],
                    0,
                    0)));
        using var image = PlantedNetwork.Image(tiny, 0.5f);
        foreach (var domain in Domains)
        {
            using var search = new RangeSearch(
                Graph.Of(network, 1, 1, 2),
                SemanticSet.Of(new Brightness(-0.1, 0.1)),
                new RangeSearchOptions { Propagator = domain });
            var result = search.Search(image);
            Assert.That(result.Upper[0], Is.InRange(greatest, greatest + 1e-35), domain.Name);
            Assert.That(result.Lower[0], Is.InRange(least - 1e-35, least), domain.Name);
            Assert.That((result.Lower[1], result.Upper[1]), Is.EqualTo((0.0, 0.0)).Within(1e-35), domain.Name);
        }
    }

    [Test]
    public void ABoxOfNoWidthHasNoRangeToSearch()
    {
        using var network = PlantedDetector.Sensitive();
        using var grey = PlantedDetector.Grey();
        foreach (var domain in Domains)
        {
            using var search = new RangeSearch(
                network.Graph,
                SemanticSet.Of(new Brightness(0.05, 0.05), new Contrast(0, 0)),
                new RangeSearchOptions { FirstCellsPerSide = 1, Propagator = domain });
            var result = search.Search(grey);
            Assert.That((result.Gap, result.Boxes), Is.EqualTo((0.0, 1)), domain.Name);
            Assert.That(result.Upper, Is.EqualTo(new[] { 5.5, 3, 7, 11 }).Within(1e-6), domain.Name);
        }

        // Bounds that prove nothing are not improved by halves that are none.
        using var hopeless = new RangeSearch(
            network.Graph,
            SemanticSet.Of(new Brightness(0.05, 0.05)),
            new RangeSearchOptions { FirstCellsPerSide = 1, Propagator = new NeverSure() });
        Assert.That((hopeless.Search(grey).Boxes, hopeless.Search(grey).Gap), Is.EqualTo((1, double.PositiveInfinity)));
    }

    [Test]
    public void ASideOfNoWidthIsNotHalved()
    {
        using var network = PlantedDetector.Cancelling();
        using var grey = PlantedDetector.Grey();
        using var search = new RangeSearch(
            network.Graph,
            SemanticSet.Of(new Contrast(0, 0), new Brightness(-0.1, 0.1)),
            new RangeSearchOptions
            {
                FirstCellsPerSide = 1,
                MaxBoxes = 64,
                Propagator = new IntervalPropagator(),
            });

        // Intervals see 20 times a side's width, in halves half of it: six halvings of the brightness leave an eighth of a tenth.
        var result = search.Search(grey);
        Assert.That(result.Upper[0] - result.Lower[0], Is.LessThan(4 / 16.0));
        Assert.That(result.Gap, Is.GreaterThan(1e3), "no sample moved, but for rounding");
    }

    [TestCase(0f, -0.5, 0, 0, 0)]
    [TestCase(1f, 0, 0.5, 8, 8)]
    [TestCase(0f, -0.5, 0.5, 0, 4)]
    [TestCase(1f, -0.5, 0.5, 4, 8)]
    public void ImagesAtTheEdgesMoveOnlyInwards(float grey, double darker, double brighter, double least, double greatest)
    {
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[3, 5]], 0)));
        using var image = PlantedNetwork.Image(grey, grey);
        foreach (var domain in Domains)
        {
            using var search = new RangeSearch(
                Graph.Of(network, 1, 1, 2),
                SemanticSet.Of(new Brightness(darker, brighter)),
                new RangeSearchOptions { Gap = 1e-3, Propagator = domain });
            var result = search.Search(image);
            Assert.That(result.Gap, Is.LessThanOrEqualTo(1e-3), $"{domain.Name}: {result.Boxes} boxes");
            Assert.That(result.Lower[0], Is.InRange(least - 0.004, least), domain.Name);
            Assert.That(result.Upper[0], Is.InRange(greatest, greatest + 0.004), domain.Name);
        }
    }

    [Test]
    public void ANetworkThatNeverFiresIsCertifiedAtOnce()
    {
        using var network = Dead(3);
        using var grey = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Brightness(-0.4, 0.4), new Contrast(-0.5, 0.5));
        foreach (var domain in Domains)
        {
            using var certifier = new Certifier(network, set, 1e-6, new CertifierOptions { Propagator = domain });
            var certificate = certifier.Certify(grey);
            Assert.That((certificate.Certified, certificate.Boxes, certificate.UnstableNeurons), Is.EqualTo((1, 1, 0.0)), domain.Name);
            Assert.That(certificate.CertifiedRange, Is.InRange(0, 1e-12), domain.Name);

            using var ranges = new RangeSearch(network.Graph, set, new RangeSearchOptions { Propagator = domain });
            var range = ranges.Search(grey);
            Assert.That((range.Gap, range.Boxes), Is.EqualTo((0.0, 4)), domain.Name);
            Assert.That(range.Upper.Concat(range.Lower), Is.EqualTo(new[] { 3, -7, 3, -7.0 }).Within(1e-12), domain.Name);

            using var radii = new RadiusSearch(
                network.Graph,
                set,
                new KeypointProperty(1e-6),
                new RadiusSearchOptions { Certifier = new() { Propagator = domain } });
            var radius = radii.Search(grey);
            Assert.That((radius.Certified, radius.Boxes), Is.EqualTo((1.0, 1)), domain.Name);
        }
    }

    [Test]
    public void WhatOverflowsIsNeverCertified([Values(1, 3, 9, 12)] int layers)
    {
        // Still at the clean image; beyond 32-bit numbers, and after some layers beyond 64-bit ones, next to it.
        using var network = Explosive(layers);
        using var grey = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        foreach (var domain in Domains)
        {
            using var certifier = new Certifier(network, set, 1, new CertifierOptions { Propagator = domain, MaxBoxes = 12 });
            var verdict = certifier.Certify(grey).Claims.Single().Verdict;
            Assert.That(verdict, Is.EqualTo(Verdict.Falsified).Or.EqualTo(Verdict.Unknown), domain.Name);

            using var ranges = new RangeSearch(network.Graph, set, new RangeSearchOptions { Propagator = domain, MaxBoxes = 12 });
            var range = ranges.Search(grey);
            Assert.That(range.Gap, Is.GreaterThanOrEqualTo(0), domain.Name);
            Assert.That(range.Upper[0], Is.GreaterThan(1e30), domain.Name);

            using var radii = new RadiusSearch(
                network.Graph, set, new KeypointProperty(1), new RadiusSearchOptions
                {
                    LeastFactor = 0.1,
                    Certifier = new() { Propagator = domain, MaxBoxes = 4 },
                });
            Assert.That(radii.Search(grey).Certified, Is.Zero, domain.Name);
        }
    }

    /// <summary>Layers whose neurons are all below zero, and an output of (3, −7).</summary>
    private static GraphModule Dead(int layers)
    {
        var builder = new GraphBuilder([1, 1, 2]);
        var value = builder.Flatten("flatten", builder.Input);
        for (var layer = 0; layer < layers; layer++)
            value = builder.Relu($"relu{layer}", builder.Linear($"fc{layer}", value, PlantedNetwork.Linear([[3, -2], [1, 1]], -20, -30)));
        return new GraphModule(builder.Build(builder.Linear("out", value, PlantedNetwork.Linear([[5, 6], [7, 8]], 3, -7))));
    }

    private static GraphModule Explosive(int layers)
    {
        const double Large = 1e38;
        var builder = new GraphBuilder([1, 1, 2]);
        var value = builder.Linear(
            "centre",
            builder.Flatten("flatten", builder.Input),
            PlantedNetwork.Linear(
                [
                    [1, 0],
                    [0, 1],
                ],
                -0.5,
                -0.5));
        for (var layer = 0; layer < layers; layer++)
            value = builder.Relu(
                $"relu{layer}",
                builder.Linear(
                    $"fc{layer}",
                    value,
                    PlantedNetwork.Linear(
                        [
                            [Large, 0],
                            [0, Large],
                        ],
                        0,
                        0)));
        return new GraphModule(builder.Build(builder.Linear("out", value, PlantedNetwork.Linear([[1, 0], [0, 0]], 0, 0))));
    }
}
