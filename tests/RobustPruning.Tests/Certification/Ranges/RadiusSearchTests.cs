using RobustPruning.Certification;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

public sealed class RadiusSearchTests
{
    [TestCase(0.7)]
    [TestCase(0.123)]
    [TestCase(0.02)]
    public void FindsTheFactorOfALinearDetector(double truth)
    {
        // The first keypoint moves by 1 at factor 1, the second by 2: that one breaks first.
        using var network = PlantedDetector.Sensitive();
        using var grey = PlantedDetector.Grey();
        using var search = new RadiusSearch(network.Graph, PlantedDetector.Light(), new KeypointProperty(2 * truth));
        var told = new List<RadiusSearchProgress>();
        var result = search.Search(grey, null, new Told<RadiusSearchProgress>(told.Add));
        Assert.That(result.Certified, Is.InRange(0.99 * truth - 1e-6, truth + 1e-6));
        Assert.That(result.Falsified, Is.InRange(truth - 1e-6, truth / 0.98));
        Assert.That(result.Certificate!.Certified, Is.EqualTo(2));
        Assert.That(result.Certificate.PerturbationSet.Box.Upper[0], Is.EqualTo(0.1 * result.Certified));
        Assert.That(Math.Abs(result.Counterexample!.Theta[0]), Is.EqualTo(0.1 * result.Falsified).Within(1e-12));
        Assert.That(result.Claims[0].Certified, Is.GreaterThanOrEqualTo(result.Claims[1].Certified));
        Assert.That(result.Claims[1], Is.EqualTo(new ClaimRadius(1, result.Certified, result.Falsified)));
        Assert.That(told.Select(report => report.Certified), Is.Ordered.Ascending);
        Assert.That(told.Select(report => report.Refused), Is.Ordered.Descending);
        Assert.That(told[^1].Boxes, Is.EqualTo(result.Boxes).And.GreaterThan(0));
    }

    [Test]
    public void TheWholeSetAndNothingAreFoundAtOnce()
    {
        using var network = PlantedDetector.Sensitive();
        using var grey = PlantedDetector.Grey();
        using var robust = new RadiusSearch(network.Graph, PlantedDetector.Light(), new KeypointProperty(2.1));
        var whole = robust.Search(grey);
        Assert.That(
            (whole.Certified, whole.Falsified, whole.Counterexample, whole.Boxes),
            Is.EqualTo((1.0, double.PositiveInfinity, (Counterexample?)null, 1)));

        // Already the clean prediction is off its label.
        using var label = tensor(new float[] { 5, 3, 7, 20 });
        var nothing = robust.Search(grey, label);
        Assert.That((nothing.Certified, nothing.Certificate), Is.EqualTo((0.0, (Certificate?)null)));
        Assert.That(nothing.Falsified, Is.LessThanOrEqualTo(1));
    }

    [Test]
    public async Task ALineHasTheRadiusOfItsFirstViolation()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 8; number++)
        {
            var line = new PlantedLine(random, 6, 2);
            using var network = line.Network();
            using var image = PlantedLine.Image();
            var reach = line.Kinks().Max(b => Math.Max(Distance(0, b), Distance(1, b)));
            var tolerance = Math.Max(0.01, reach * (0.3 + (0.6 * random.NextDouble())));
            using var search = new RadiusSearch(network.Graph, PlantedLine.Set, new KeypointProperty(tolerance));
            var result = await search.SearchAsync(image);

            // The set is asymmetric: factor s reaches from -0.3 s to 0.2 s.
            var truth = Enumerable
                .Range(0, 20001)
                .Select(step => step / 20000.0)
                .FirstOrDefault(
                    s =>
                        Math.Max(
                            Math.Max(Distance(0, -0.3 * s), Distance(1, -0.3 * s)),
                            Math.Max(Distance(0, 0.2 * s), Distance(1, 0.2 * s))) > tolerance,
                    1);
            Assert.That(result.Certified, Is.InRange((0.98 * truth) - 2e-4, truth + 2e-4));

            double Distance(int output, double b) => Math.Abs(line.At(output, b) - line.At(output, 0));
        }
    }

    [Test]
    public void WrongSetsAndOptionsAreRefusedAndDefaultsPinned()
    {
        using var network = PlantedDetector.Sensitive();
        var property = new KeypointProperty(1);
        Assert.That(
            () => new RadiusSearch(network.Graph, SemanticSet.Of(new Brightness(0.1, 0.2)), property),
            Throws.ArgumentException.With.Message.Contains("θ = 0"));
        foreach (var wrong in new RadiusSearchOptions[]
            {
                new() { Tolerance = 0 },
                new() { Tolerance = 1 },
                new() { LeastFactor = 0 },
                new() { LeastFactor = 2 },
                new() { Certifier = new() { MaxBoxes = 0 } },
            })
            Assert.That(
                () => new RadiusSearch(network.Graph, PlantedDetector.Light(), property, wrong),
                Throws.InstanceOf<ArgumentOutOfRangeException>(),
                wrong.ToString());
        var options = new RadiusSearchOptions();
        Assert.That(
            (options.Tolerance, options.LeastFactor, options.Certifier),
            Is.EqualTo((0.01, 0.001, new CertifierOptions { Propagator = options.Certifier.Propagator })));
    }
}
