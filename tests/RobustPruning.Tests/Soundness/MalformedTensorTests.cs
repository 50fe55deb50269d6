using System.Runtime.InteropServices;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>
/// Tensors of wrong shapes, types and devices at every public entrance: each is refused before libtorch sees it, since some of TorchSharp's
/// native calls end the process where they should throw.
/// </summary>
public sealed class MalformedTensorTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1));

    private static readonly (string Name, Func<Tensor> Make)[] Malformed =
    [
        ("nothing", () => zeros(0)),
        ("a number", () => tensor(0.5f)),
        ("a vector", () => zeros(16)),
        ("no channels", () => zeros(0, 4, 4)),
        ("no rows", () => zeros(1, 0, 4)),
        ("a row too many", () => zeros(1, 5, 4)),
        ("a column too few", () => zeros(1, 4, 3)),
        ("a channel too many", () => zeros(2, 4, 4)),
        ("a batch of two", () => zeros(2, 1, 4, 4)),
        ("a batch of none", () => zeros(0, 1, 4, 4)),
        ("five axes", () => zeros([1, 1, 1, 4, 4])),
        ("whole numbers", () => zeros([1, 4, 4], dtype: int64)),
        ("truth values", () => zeros([1, 4, 4], dtype: @bool)),
        ("complex numbers", () => zeros([1, 4, 4], dtype: complex64)),
        ("no memory", () => zeros([1, 4, 4], device: device("meta"))),
        ("not a number", () => full([1, 4, 4], float.NaN)),
    ];

    private static readonly string[] Names = [.. Malformed.Select(entry => entry.Name)];

    [Test]
    public void AsImages([ValueSource(nameof(Names))] string name)
    {
        using var scope = NewDisposeScope();
        using var network = Cnn7.Create(new(1, 4, 4, 1, 0.05));
        using var certifier = new Certifier(network, Light, 1);
        using var ranges = new RangeSearch(network.Graph, Light);
        using var radii = new RadiusSearch(network.Graph, Light, new KeypointProperty(1));
        var certificate = certifier.Certify(full([1, 4, 4], 0.5f));
        var image = Malformed.First(entry => entry.Name == name).Make();
        foreach (var (entrance, use) in new (string, Action)[]
        {
            ("Certify", () => certifier.Certify(image)),
            ("CertifyAsync", () => certifier.CertifyAsync(image).GetAwaiter().GetResult()),
            ("CertifyMany", () => certifier.CertifyMany(image.unsqueeze(0))),
            ("RangeSearch", () => ranges.Search(image)),
            ("RadiusSearch", () => radii.Search(image)),
            ("ProbabilitySampling", () => new ProbabilitySampling(network.Graph, Light, new KeypointProperty(1)).Estimate(image)),
            ("Enclose", () => network.Graph.RequireShape(Light.Enclose(image, Light.Box).Centre)),
            ("Check", () => certificate.Check(network, image).RequireValid()),
            ("Usn", () => new SampledUsnMetric(4).Measure(network.Graph, image.unsqueeze(0), Light)),
            ("Bounds", () => SemanticIntervalPropagator.ForTraining.Propagate(network.Graph, Light.Enclose(image, Light.Box))),
        })
            RequireRefused(entrance, use, name);

        // A plain forward pass passes on what is not finite.
        if (name == "not a number")
            return;
        foreach (var (entrance, use) in new (string, Action)[]
        {
            ("Predict", () => KeypointEvaluation.Predict(network.Graph, image.unsqueeze(0))),
            ("forward", () => network.forward(image.unsqueeze(0))),
        })
            RequireRefused(entrance, use, name);
    }

    [Test]
    public void AsTrainingData([ValueSource(nameof(Names))] string name)
    {
        using var scope = NewDisposeScope();
        using var network = Cnn7.Create(new(1, 4, 4, 1, 0.05));
        var images = Malformed.First(entry => entry.Name == name).Make();
        foreach (var (entrance, use) in new (string, Action)[]
        {
            ("KeypointData", () => Use(new KeypointData(images.unsqueeze(0), zeros(1, 2)))),
            ("TrainingBatch", () => new WassersteinLoss().Of(new TrainingBatch(network.Graph, images.unsqueeze(0), Light, new Random(0)))),
        })
            RequireRefused(entrance, use, name);

        void Use(KeypointData data) =>
            new ProgressivePruning(network, Light, new() { TargetRatio = 0, InitialEpochs = 1 }).RunAsync(data).GetAwaiter().GetResult();
    }

    [Test]
    public void AsLabels(
        [Values("nothing", "a number", "a vector", "a value too many", "a row too many", "whole numbers", "infinity")] string name)
    {
        using var scope = NewDisposeScope();
        using var network = Cnn7.Create(new(1, 4, 4, 1, 0.05));
        using var certifier = new Certifier(network, Light, 1);
        var image = full([1, 4, 4], 0.5f);
        var (label, labels) = name switch
        {
            "nothing" => (zeros(0), zeros(0)),
            "a number" => (tensor(1f), tensor(1f)),
            "a vector" => (zeros(3), zeros(2)),
            "a value too many" => (zeros(3), zeros(1, 3)),
            "a row too many" => (zeros(2, 2), zeros(2, 2)),
            "whole numbers" => (zeros(4, dtype: int64), zeros([1, 4], dtype: int64)),
            _ => (full([2], float.PositiveInfinity), full([1, 4], 0f)),
        };
        foreach (var (entrance, use) in new (string, Action)[]
        {
            ("Certify", () => certifier.Certify(image, label)),
            ("KeypointData", () => new ProgressivePruning(network, Light, new() { TargetRatio = 0, InitialEpochs = 1 })
                .RunAsync(new KeypointData(image.unsqueeze(0), labels)).GetAwaiter().GetResult()),
        })
            RequireRefused(entrance, use, name);
    }

    private static void RequireRefused(string entrance, Action use, string name)
    {
        var error = Assert.Catch<Exception>(() => use(), $"{entrance} takes {name}");
        Assert.That(
            error, Is.InstanceOf<ArgumentException>().Or.InstanceOf<GraphException>().Or.InstanceOf<CertificateException>()
                .And.Not.InstanceOf<ExternalException>(),
            $"{entrance} of {name}: {error}");
    }
}
