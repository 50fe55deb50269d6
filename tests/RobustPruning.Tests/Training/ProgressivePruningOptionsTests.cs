using RobustPruning.Training;

namespace RobustPruning.Tests.Training;

public sealed class ProgressivePruningOptionsTests
{
    [Test]
    public void DefaultsAreThese()
    {
        var options = new ProgressivePruningOptions();
        Assert.That((options.TargetRatio, options.Rounds, options.InitialEpochs, options.EpochsPerRound), Is.EqualTo((0.5, 2, 10, 5)));
        Assert.That((options.Lambda, options.AugmentedCopies, options.BatchSize, options.LearningRate), Is.EqualTo((1.0, 1, 32, 1e-3)));
        Assert.That((options.CalibrationImages, options.ErrorLimit, options.Seed), Is.EqualTo((64, double.PositiveInfinity, 0)));
        Assert.That(options.Policy.Name, Is.EqualTo("USN, robust importance"));
        Assert.That((options.Schedule, options.LearningRates), Is.EqualTo((PruningSchedule.Linear, LearningRateSchedule.Cosine)));
        Assert.That(
            (options.Loss.ToString(), options.Ratios, options.Checkpoints),
            Is.EqualTo(("sampled", (IReadOnlyList<double>?)null, (string?)null)));
        Assert.That(options.Wasserstein, Is.EqualTo(new WassersteinLossOptions()));
    }

    [Test]
    public void ValuesOutOfRangeAreRefused()
    {
        using var network = TinyProblem.Network();
        foreach (var wrong in new ProgressivePruningOptions[]
        {
            new() { Rounds = 0 }, new() { InitialEpochs = -1 }, new() { EpochsPerRound = -1 }, new() { WassersteinWeight = -1 },
            new() { WassersteinWeight = double.NaN },
            new() { AugmentedCopies = 0 }, new() { AugmentedCopies = -1, WassersteinWeight = 0 }, new() { BatchSize = 0 },
            new() { LearningRate = 0 },
            new() { LearningRate = double.NaN }, new() { CalibrationImages = 0 }, new() { ErrorLimit = 0 },
            new() { ErrorLimit = double.NaN },
            new() { Wasserstein = new() { Order = 0 } }, new() { BatchSize = 1 }, new() { Schedule = (PruningSchedule)7 },
            new() { LearningRates = (LearningRateSchedule)7 },
            new() { Ratios = [0.5] }, new() { Ratios = [0.6, 0.5] }, new() { Ratios = [0.2, 0.4] },
        })
            Assert.That(() => new ProgressivePruning(network, TinyProblem.Light, wrong), Throws.InstanceOf<ArgumentOutOfRangeException>(),
                wrong.ToString());
        Assert.That(() => new ProgressivePruning(network, TinyProblem.Light, new() { Policy = null! }), Throws.ArgumentNullException);
    }
}
