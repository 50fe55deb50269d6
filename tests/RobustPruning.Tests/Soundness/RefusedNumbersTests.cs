using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Tests.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>NaN and infinity are refused wherever they come in.</summary>
public sealed class RefusedNumbersTests
{
    private static readonly SemanticSet Light = PlantedDetector.Light();
    private static readonly KeypointProperty Property = new(1);

    [Test]
    public void InImages([Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float sick, [Values] bool clip)
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedNetwork.Image(0.5f, sick);
        var set = clip ? Light : Light.WithoutClip();
        using var certifier = new Certifier(network, set, Property);
        using var ranges = new RangeSearch(network.Graph, set);
        using var radii = new RadiusSearch(network.Graph, set, Property);
        foreach (var use in new Action[]
        {
            () => certifier.Certify(image), () =>
                ranges.Search(image), () => radii.Search(image), () => set.Enclose(image, set.Box), () => set.Apply(image, [[0]]),
        })
            Assert.That(use, Throws.ArgumentException.With.Message.Contains("NaN or infinity"));
    }

    [Test]
    public void InWeightsAndStatistics(
        [Values(double.NaN, double.PositiveInfinity, double.NegativeInfinity)] double sick,
        [Values("weight", "bias", "running_var")] string name)
    {
        using var network = nn.Sequential(("norm", nn.BatchNorm2d(1)), ("flatten", nn.Flatten()), ("fc", nn.Linear(2, 2)));
        network.eval();
        var graph = Graph.Of(network, 1, 1, 2);
        network.state_dict().First(named => named.Key.EndsWith(name)).Value.Set(sick);
        foreach (var use in new Action[]
        {
            () => _ = new Certifier(graph, Light, Property), () =>
                _ = new RangeSearch(graph, Light), () => _ = new RadiusSearch(graph, Light, Property),
        })
            Assert.That(use, Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'norm': its").And.Message.Contains(name));
    }

    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void InLabels(float sick)
    {
        using var network = PlantedDetector.Sensitive();
        using var grey = PlantedDetector.Grey();
        using var label = tensor(new[] { 5, sick, 7, 10 });
        using var certifier = new Certifier(network, Light, Property);
        using var radii = new RadiusSearch(network.Graph, Light, Property);
        Assert.That(() => certifier.Certify(grey, label), Throws.ArgumentException.With.Message.Contains("infinity"));
        Assert.That(() => radii.Search(grey, label), Throws.ArgumentException.With.Message.Contains("infinity"));
    }

    [Test]
    public void InTheOutputOfTheCleanImage()
    {
        // 1e38 · 0.5 + 1e38 · 0.5 five times over is beyond 32-bit numbers.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[1e38, 1e38]], 0)), ("b", PlantedNetwork.Linear([[1e38], [1]], 0, 0)));
        using var grey = PlantedDetector.Grey();
        using var certifier = new Certifier(Graph.Of(network, 1, 1, 2), Light, Property);
        Assert.That(
            () => certifier.Certify(grey),
            Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'b'").And.Message.Contains("clean image"));
    }
}
