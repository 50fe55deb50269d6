using RobustPruning.Bounds;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>
/// Every loss' gradient in the network's weights against finite differences of its value. The seeds are fixed: differences fail at a kink.
/// </summary>
public sealed class GradientTests
{
    // Without a ratio to come the concentration's target is 0; else it is held fixed, which differences are not.
    private static readonly TrainingLoss[] Losses =
    [
        new SampledLoss(),
        new WorstSampledLoss(),
        new CertifiedLoss(),
        new CertifiedLoss(0.5, new IntervalPropagator(outward: false)),
        new WassersteinLoss(new() { RatioToCome = 0 }),
        new WassersteinLoss(new() { RatioToCome = 0, Order = 1.5 }),
        new RelaxationAreaLoss(),
        new RelaxationAreaLoss(SemanticIntervalPropagator.ForTraining),
        new RelaxationAttributionLoss(1),
        new SampledLoss() + (0.3 * new CertifiedLoss()) + (2 * new WassersteinLoss(new() { RatioToCome = 0 })),
    ];

    [Test]
    public void TheGradientIsThatOfTheValue([Range(0, 9)] int which, [Values(1, 2)] int seed)
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(seed);
        Value().backward();
        foreach (var (name, parameter) in network.named_parameters())
        {
            var expected = FiniteDifference.Gradient(At, parameter.Numbers(), 1e-6);
            var actual = parameter.grad is null ? [.. expected.Select(_ => 0.0)] : parameter.grad.Numbers();
            Assert.That(actual, Is.EqualTo(expected).Within(1e-5 * Math.Max(1, expected.Max(Math.Abs))), name);

            double At(double[] point)
            {
                var before = parameter.Numbers();
                parameter.Set(point);
                using var noGradient = no_grad();
                using var value = Value();
                parameter.Set(before);
                return value.item<double>();
            }
        }

        Tensor Value()
        {
            using var inner = NewDisposeScope();
            using var batch = LossProblem.Batch(network, progress: 0.4);
            return Losses[which].Of(batch).MoveToOuterDisposeScope();
        }
    }
}
