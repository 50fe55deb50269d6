using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Probability;

public sealed class ProbabilitySamplingTests
{
    /// <summary>Under ±0.1 the first keypoint moves by ±1 in x: within 0.6 for six θ in ten. The second moves by ±2 in y.</summary>
    [Test]
    public void KnownProbabilitiesAreInside()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var seed = TestEnvironment.FreshSeed();
        var estimates = Estimate(network.Graph, image, new KeypointProperty(0.6), seed, confidence: 0.999_999_999);
        Assert.That(0.6, Is.InRange(estimates[0].Lower, estimates[0].Upper));
        Assert.That(0.3, Is.InRange(estimates[1].Lower, estimates[1].Upper));
        Assert.That(estimates[0].Upper - estimates[0].Lower, Is.LessThan(0.15));
        Assert.That(estimates[0].Share, Is.EqualTo((double)estimates[0].Successes / 2000));
        TestContext.Out.WriteLine(estimates[0]);
    }

    [Test]
    public void OnlyAdmissibleParametersAreDrawn()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var bright = ones_like(image);
        using var dark = zeros_like(image);

        // With weights t and s, t + s at most 1, the image moves by (t − s) / 2: a triangle, of which 0.75 have |t − s| at most 0.5.
        var estimates = new ProbabilitySampling(
            network.Graph,
            SemanticSet.Of(new ConvexHull(bright, dark)),
            new KeypointProperty(2.5 * 1.0001),
            new() { Samples = 2000, Confidence = 0.999_999 }).Estimate(image);
        Assert.That(0.75, Is.InRange(estimates[0].Lower, estimates[0].Upper));
    }

    [Test]
    public void NoiseIsDrawnToo()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Brightness(0, 0)).WithNoise(0.1);
        var estimate = new ProbabilitySampling(
            network.Graph,
            set,
            new KeypointProperty(0.6),
            new() { Samples = 2000, Confidence = 0.999_999 }).Estimate(image)[0];
        Assert.That(0.6, Is.InRange(estimate.Lower, estimate.Upper));
    }

    [Test]
    public void TheSameSeedGivesTheSameWhateverTheBatch()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var first = Estimate(network.Graph, image, new KeypointProperty(0.6), 3);
        Assert.That(Estimate(network.Graph, image, new KeypointProperty(0.6), 3, batch: 7), Is.EqualTo(first));
        Assert.That(Estimate(network.Graph, image, new KeypointProperty(0.6), 4), Is.Not.EqualTo(first));
    }

    [Test]
    public void AMissingLabelIsNoSample()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var label = tensor(new[] { float.NaN, 3, 7, 10 });
        var estimates = new ProbabilitySampling(network.Graph, PlantedDetector.Light(), new KeypointProperty(2.5)).Estimate(image, label);
        Assert.That(estimates[0], Is.EqualTo(new ProbabilityEstimate(0, 0, 0, 0.99, 0, 1)));
        Assert.That((estimates[1].Samples, estimates[1].Successes, estimates[1].Upper), Is.EqualTo((1000, 1000, 1.0)));
        Assert.That(estimates[1].ToString(), Is.EqualTo("holds with probability 0.9947 to 1 (1000 of 1000 samples, confidence 0.99)"));
    }

    [Test]
    public void LinearConstraintsAreCounted()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var property = new LinearProperty([[1, 0, 0, 0], [-1, 0, 0, 0]], [5.5, 0]);
        var estimates = Estimate(network.Graph, image, property, 1, confidence: 0.999_999);
        Assert.That(0.75, Is.InRange(estimates[0].Lower, estimates[0].Upper));
        Assert.That(estimates[1].Successes, Is.EqualTo(2000));
    }

    [Test]
    public void BadInputIsRefused()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var property = new KeypointProperty(1);
        Assert.That(() => New(new() { Samples = 0 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => New(new() { Confidence = 1 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => New(new() { ImagesPerBatch = 0 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        using var label = zeros(3);
        Assert.That(() => New(new()).Estimate(image, label), Throws.ArgumentException);
        Assert.That(
            () => New(new()).Estimate(image, cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            () =>
                new ProbabilitySampling(
                    network.Graph,
                    PlantedDetector.Light(),
                    new LinearProperty(
                        [
                            [1],
                        ],
                        [0])),
            Throws.TypeOf<GraphException>());

        ProbabilitySampling New(ProbabilitySamplingOptions options) => new(network.Graph, PlantedDetector.Light(), property, options);
    }

    [Test]
    public void TheDefaultsStay() =>
        Assert.That(
            new ProbabilitySamplingOptions(),
            Is.EqualTo(
                new ProbabilitySamplingOptions
                {
                    Samples = 1000,
                    Confidence = 0.99,
                    ImagesPerBatch = 64,
                    Seed = 0,
                }));

    private static IReadOnlyList<ProbabilityEstimate> Estimate(
        Graph network, Tensor image, OutputProperty property, int seed, double confidence = 0.99, int batch = 64) =>
        new ProbabilitySampling(
            network, PlantedDetector.Light(), property, new()
            {
                Samples = 2000,
                Seed = seed,
                Confidence = confidence,
                ImagesPerBatch = batch,
            }).Estimate(image);
}
