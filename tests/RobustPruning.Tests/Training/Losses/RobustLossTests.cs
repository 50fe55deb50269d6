using RobustPruning.Bounds;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>The losses over sampled parameters and over bounds, against plain C#.</summary>
public sealed class RobustLossTests
{
    private const double LabelledCoordinates = 2 + 4 + 4;

    [Test]
    public void SampledIsTheMeanAndWorstTheGreatestOverParameters()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network, samples: 5);
        var errors = Enumerable.Range(0, 4).Select(image => Enumerable.Range(0, 6).Select(copy => batch.Outputs[copy][image].Numbers()
            .Zip(batch.Labels![image].Numbers(), LossProblem.SquaredError).Sum()).ToList()).ToList();
        Assert.That(errors[0], Is.All.Zero, "the first image has no label");
        Assert.That(
            new SampledLoss().Of(batch).item<double>(),
            Is.EqualTo(errors.Sum(image => image.Average()) / LabelledCoordinates).Within(1e-12));
        Assert.That(
            new WorstSampledLoss().Of(batch).item<double>(),
            Is.EqualTo(errors.Sum(image => image.Max()) / LabelledCoordinates).Within(1e-12));
    }

    [Test]
    public void CertifiedIsTheWorstOverTheBoundsAndSoAboveAnySample()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network, samples: 50);
        var bounds = batch.Bounds(SemanticIntervalPropagator.ForTraining).Output;
        var labels = batch.Labels!.Numbers();
        var expected = bounds.Lower.Numbers().Zip(labels, LossProblem.SquaredError)
            .Zip(bounds.Upper.Numbers().Zip(labels, LossProblem.SquaredError), Math.Max).Sum() / LabelledCoordinates;
        var certified = new CertifiedLoss().Of(batch).item<double>();
        Assert.That(certified, Is.EqualTo(expected).Within(1e-12));
        Assert.That(certified, Is.GreaterThanOrEqualTo(new WorstSampledLoss().Of(batch).item<double>() - 1e-12));
    }

    [Test]
    public void WithoutSamplesItIsPlainTraining()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(4);
        using var batch = LossProblem.Batch(network, samples: 0);
        var plain = KeypointLoss.MeanSquared(network.forward(batch.Images), batch.Labels!, 3, 3).item<double>();
        Assert.That(new SampledLoss().Of(batch).item<double>(), Is.EqualTo(plain).Within(1e-12));
        Assert.That(new WorstSampledLoss().Of(batch).item<double>(), Is.EqualTo(plain).Within(1e-12));

        // At the start the certified loss is over a thousandth of the box.
        using var start = LossProblem.Batch(network, samples: 0, progress: 0);
        Assert.That(new CertifiedLoss().Of(start).item<double>(), Is.EqualTo(plain).Within(2).Percent);
        Assert.That(new CertifiedLoss().Of(batch).item<double>(), Is.GreaterThan(1.05 * plain));
    }

    [TestCase(0.5, 0, 0.001)]
    [TestCase(0.5, 0.25, 0.5)]
    [TestCase(0.5, 0.5, 1)]
    [TestCase(0.5, 1, 1)]
    [TestCase(0, 0, 1)]
    [TestCase(1, 0.3, 0.3)]
    public void TheBoxGrowsWithTheProgress(double warmup, double progress, double share) =>
        Assert.That(new CertifiedLoss(warmup).Share(progress), Is.EqualTo(share));

    [Test]
    public void TheWarmupIsHalfTheTrainingUnlessSaidAndInRange()
    {
        Assert.That(new CertifiedLoss().Share(0.25), Is.EqualTo(0.5));
        foreach (var warmup in new[] { -0.1, 1.1, double.NaN })
            Assert.That(
                () => new CertifiedLoss(warmup),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ActualValue").EqualTo(warmup));
    }

    [Test]
    public void WithoutAnyLabelTheLossIsZeroAndSoIsItsGradient([Values(0, 1, 2)] int which)
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        TrainingLoss loss = which switch { 0 => new SampledLoss(), 1 => new WorstSampledLoss(), _ => new CertifiedLoss() };
        var value = loss.Of(network.Graph, rand(2, 1, 3, 3, dtype: float64), LossProblem.Light, new Random(1), full([2, 4], double.NaN));
        value.backward();
        Assert.That(value.item<double>(), Is.Zero);
        Assert.That(network.parameters().SelectMany(parameter => parameter.grad!.Numbers()), Is.All.Zero);
    }

    [Test]
    public void CertifiedTrainingCertifiesMoreThanSampledTraining()
    {
        double sampled = CertifiedAfter(new SampledLoss()), certified = CertifiedAfter(new CertifiedLoss());
        Assert.That(certified, Is.LessThan(0.9 * sampled));
    }

    /// <summary>The certified loss over the full box after a short training.</summary>
    private static double CertifiedAfter(TrainingLoss loss)
    {
        using var network = LossProblem.Network(4);
        using var optimizer = optim.Adam(network.parameters(), 0.02);
        for (var step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            using var batch = LossProblem.Batch(network, progress: step / 100.0);
            optimizer.zero_grad();
            loss.Of(batch).backward();
            optimizer.step();
        }

        using var last = NewDisposeScope();
        using var end = LossProblem.Batch(network);
        var value = new CertifiedLoss().Of(end).item<double>();
        TestContext.Out.WriteLine($"certified loss {value} after {loss.GetType().Name}");
        return value;
    }
}
