using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class HeatmapLossTests
{
    [TestCase(HeatmapDecoding.ArgMax, HeatmapTarget.Gaussian)]
    [TestCase(HeatmapDecoding.ArgMaxWithOffset, HeatmapTarget.Distribution)]
    [TestCase(HeatmapDecoding.SoftArgMax, HeatmapTarget.Position)]
    public async Task ThePipelineLearnsToPointAtASpot(HeatmapDecoding decoding, HeatmapTarget target)
    {
        using var scope = NewDisposeScope();
        using var data = Spots(64);
        using var network = Cnn7.Create(
            new(1, 8, 8, 1, 0.1, true, 1, new KeypointHead(1, 32, Offsets: decoding == HeatmapDecoding.ArgMaxWithOffset)));
        var decoder = HeatmapDecoder.For(network.Graph, decoding);
        var loss = new HeatmapLoss(decoder, target);
        var light = SemanticSet.Of(new Brightness(-0.05, 0.05));
        var before = KeypointEvaluation.MeanError(network.Graph, data, decoder);
        var report = await new ProgressivePruning(
            network,
            light,
            new()
            {
                Heatmaps = loss,
                TargetRatio = 0.2,
                Rounds = 1,
                InitialEpochs = 25,
                EpochsPerRound = 5,
                BatchSize = 16,
                LearningRate = 5e-3,
                WassersteinWeight = 0,
            }).RunAsync(data);
        TestContext.Out.WriteLine($"{before} -> {report.Rounds[^1].Error}");
        Assert.That(report.Rounds[^1].Error, Is.LessThan(0.6 * before));
        Assert.That(report.Network.Graph.Parameters, Is.LessThan(report.Rounds[0].Parameters));
        if (report.Network != network)
            report.Network.Dispose();
    }

    [Test]
    public void TheLossIsLeastWhereTheMapIsRight([Values] HeatmapTarget target)
    {
        using var scope = NewDisposeScope();
        var decoder = new HeatmapDecoder(HeatmapDecoding.ArgMax, 2, 4, 5) { StrideX = 2, StrideY = 2, OriginX = 1, OriginY = 1 };
        var loss = new HeatmapLoss(decoder, target);
        var labels = tensor(new[] { 5.0, 3, double.NaN, double.NaN }, [1, 4]);
        double At(int cell)
        {
            var maps = zeros(1, 2, 20, dtype: float64);
            maps[0, 0, cell] = 1;
            return loss.Of(maps, labels, 8, 10).item<double>();
        }

        // The label lies in row 1, column 2; the other keypoint has none.
        var losses = Enumerable.Range(0, 20).Select(At).ToArray();
        if (target != HeatmapTarget.Position)
            Assert.That(Array.IndexOf(losses, losses.Min()), Is.EqualTo(7));
        var other = zeros(1, 2, 20, dtype: float64);
        other[0, 0, 7] = 1;
        other[0, 1, 3] = 5;
        Assert.That(loss.Of(other, labels, 8, 10).item<double>(), Is.EqualTo(losses[7]).Within(1e-12));
    }

    [Test]
    public void CertifiedLossesOfASoftArgMaxAreNoLessThanSampledOnes()
    {
        using var scope = NewDisposeScope();
        using var data = Spots(4);
        using var network = Cnn7.Create(new(1, 8, 8, 1, 0.1, false, TestEnvironment.FreshSeed() & 0xFFFF, new KeypointHead(0)));
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.SoftArgMax) with { Beta = 3 };
        var light = SemanticSet.Of(new Brightness(-0.05, 0.05));
        var certified = new CertifiedLoss(0, decoder: decoder);
        using var batch = new TrainingBatch(network.Graph, data.Images, light, new Random(1), data.Labels, samples: 20);
        var value = certified.Of(batch);
        for (var sample = 0; sample <= 20; sample++)
            Assert.That(
                new HeatmapLoss(decoder).Of(batch.Outputs[sample], data.Labels, 8, 8).item<float>(),
                Is.LessThanOrEqualTo(value.item<float>() * 1.00001));
        value.backward();
        Assert.That(
            network.parameters().All(parameter => parameter.grad is not null && parameter.grad.isfinite().all().item<bool>()),
            Is.True);
        Assert.That(() => new CertifiedLoss(decoder: new HeatmapDecoder(HeatmapDecoding.ArgMax, 1, 4, 4)), Throws.ArgumentException);
    }

    [Test]
    public void HeatmapsNeedAHeatmapLoss()
    {
        using var scope = NewDisposeScope();
        using var data = Spots(4);
        using var network = Cnn7.Create(new(1, 8, 8, 1, 0.1, Head: new KeypointHead(0)));
        var light = SemanticSet.Of(new Brightness(-0.05, 0.05));
        Assert.That(
            () => new SampledLoss().Of(network.Graph, data.Images, light, new Random(1), data.Labels),
            Throws.TypeOf<GraphException>().With.Message.Contains("HeatmapLoss"));
        Assert.That(
            async () => await new ProgressivePruning(network, light, new() { BatchSize = 2 }).RunAsync(data),
            Throws.TypeOf<GraphException>());
    }

    /// <summary>Dark images with a bright spot, which is the keypoint.</summary>
    private static KeypointData Spots(int count)
    {
        var random = new Random(5);
        var (images, labels) = (zeros(count, 1, 8, 8), zeros(count, 2));
        for (var image = 0; image < count; image++)
        {
            int x = random.Next(8), y = random.Next(8);
            images[image, 0, y, x] = 0.8f;
            labels[image, 0] = x + 0.5f;
            labels[image, 1] = y + 0.5f;
        }

        return new KeypointData(images.DetachFromDisposeScope(), labels.DetachFromDisposeScope());
    }
}
