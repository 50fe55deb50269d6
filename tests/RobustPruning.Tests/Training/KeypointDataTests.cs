using RobustPruning.Certification;
using RobustPruning.Training;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>Data as other libraries hand them out: accepted where there is one meaning, refused with a hint where there is not.</summary>
public sealed class KeypointDataTests
{
    [Test]
    public void BytesWholeNumbersAndPairsMeanTheSameAsFloats()
    {
        using var plain = TinyProblem.Data();
        var count = (int)plain.Count;
        using var data = new KeypointData((plain.Images * 255).round().to(uint8), (plain.Labels - 0.5).to(int64).reshape(count, 1, 2));
        Assert.That((data.Images.dtype, data.Labels.dtype), Is.EqualTo((float32, float32)));
        Assert.That(TensorValues.Gap(data.Images, plain.Images), Is.LessThan(0.6 / 255));
        Assert.That(TensorValues.Gap(data.Labels, plain.Labels), Is.EqualTo(0.5).Within(1e-6));
        Assert.That(data.ToString(), Is.EqualTo("50 images [1x5x5] with 1 keypoint"));
    }

    [Test]
    public void WhatItConvertsItDisposes() => Assert.That(
        LiveTensors.Growth(4, () =>
        {
            using var data = new KeypointData(zeros([2, 1, 5, 5], dtype: uint8), zeros([2, 1, 2], dtype: int32));
        }), Is.LessThanOrEqualTo(0));

    /// <summary>A network of 32-bit numbers takes images of 64 bits wherever it is run.</summary>
    [Test]
    public async Task ImagesOfAnotherFloatingTypeAreConverted()
    {
        using var scope = NewDisposeScope();
        using var network = TinyProblem.Network();
        using var narrow = TinyProblem.Data();
        using var data = new KeypointData(narrow.Images.to(float64), narrow.Labels.to(float64));
        Assert.That(TensorValues.Gap(network.forward(data.Images), network.forward(narrow.Images)), Is.LessThan(1e-6));
        Assert.That(
            KeypointEvaluation.MeanError(network.Graph, data),
            Is.EqualTo(KeypointEvaluation.MeanError(network.Graph, narrow)).Within(1e-6));
        var report = await new ProgressivePruning(network, TinyProblem.Light, TinyProblem.Options).RunAsync(data);
        using var pruned = report.Network;
        Assert.That(pruned.parameters().Select(parameter => parameter.dtype), Is.All.EqualTo(float32));
        using var measured = new SampledUsnMetric(4).Measure(pruned.Graph, data.Images.narrow(0, 0, 3), TinyProblem.Light);
        using var certifier = new Certifier(pruned, TinyProblem.Light, 1);
        var images = data.Images.narrow(0, 0, 2);
        Assert.That(certifier.CertifyMany(images, data.Labels.narrow(0, 0, 2).reshape(2, 1, 2)), Has.Count.EqualTo(2));
        using var sampling = pruned.Graph.Forward(images);
        Assert.That(sampling.dtype, Is.EqualTo(float32));
    }

    [Test]
    public void WhatMayMeanSeveralThingsIsRefusedWithAHint()
    {
        using var scope = NewDisposeScope();
        using var network = TinyProblem.Network();
        using var certifier = new Certifier(network, TinyProblem.Light, 1);
        Assert.That(() => certifier.Certify(full([1, 5, 5], 128, dtype: uint8)), Throws.ArgumentException.With.Message.Contains("/ 255"));
        Assert.That(() => certifier.Certify(full([1, 5, 5], 128f)), Throws.ArgumentException.With.Message.Contains("divide it by 255"));
        Assert.That(() => certifier.Certify(full([1, 5, 5], 1.5f)), Throws.ArgumentException.With.Message.Not.Contains("255"));
        Assert.That(() => new KeypointData(zeros(2, 1, 5, 5), zeros(2, 2, 1)), Throws.ArgumentException.With.Message.Contains("[2, K, 2]"));
        Assert.That(
            () => new KeypointData(zeros([2, 1, 5, 5], dtype: int64), zeros(2, 2)),
            Throws.ArgumentException.With.Message.Contains("Int64"));
    }
}
