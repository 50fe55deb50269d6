using KeypointRobustness.Reproduction;
using RobustPruning.Pruning;
using RobustPruning.Training;

namespace KeypointRobustness.Tests.Reproduction;

[TestFixture]
internal sealed class MethodTrainingTests
{
    private static readonly ReproductionPreset[] Presets = [ReproductionPreset.Tiny, ReproductionPreset.Quick, ReproductionPreset.Paper];

    [Test]
    public void EveryRunHasTheSameBudget([ValueSource(nameof(Presets))] ReproductionPreset preset, [Values(99L, 340L)] long images)
    {
        var all = preset with { Rows = [.. MethodRow.All.Select(row => row.Name)], Seeds = 1 };
        foreach (var run in all.Runs())
        {
            var options = MethodTraining.Options(all, run, images);
            var epochs = options.InitialEpochs + (options.TargetRatio > 0 ? options.Rounds * options.EpochsPerRound : 0);
            Assert.That(epochs, Is.EqualTo(all.Epochs(images)), run.Name);
            Assert.That((options.BatchSize, options.LearningRate, options.LearningRates),
                Is.EqualTo((all.BatchSize, all.LearningRate, LearningRateSchedule.Cosine)), run.Name);
        }
    }

    [Test]
    public void TheBudgetIsInImagesSeen()
    {
        Assert.That(ReproductionPreset.Quick.Epochs(ReproductionPreset.Quick.ImagesSeen / 7), Is.EqualTo(7));
        Assert.That(
            ReproductionPreset.Quick.Epochs(int.MaxValue),
            Is.EqualTo(ReproductionPreset.Quick.Cuts + 1),
            "one epoch before and after each cut");
    }

    [Test]
    public void LossesAndAugmentationAreThoseOfTheRow()
    {
        Assert.That(Options("plain").AugmentedCopies, Is.Zero);
        Assert.That(Options("robust").AugmentedCopies, Is.Positive);
        Assert.That(Options("robust").WassersteinWeight, Is.Zero);
        Assert.That(Options("taylor+wasserstein").WassersteinWeight, Is.EqualTo(3));
        Assert.That(Options("taylor+area").WassersteinWeight, Is.Zero);
        Assert.That(Options("taylor+area").Loss.ToString(), Does.Contain("0.05 relative x (relaxation area"));
        Assert.That(Options("taylor").TargetRatio, Is.EqualTo(0.5));
        Assert.That(Options("scratch").TargetRatio, Is.Zero);
    }

    [TestCase("cnn7", 0.5)]
    [TestCase("cnn7", 0.6)]
    [TestCase("resnet18", 0.2)]
    public void TheSmallNetworkHasTheWidthsOfThePrunedOne(string network, double ratio)
    {
        var run = new ReproductionRun("scratch", network, "both", ratio, 0, 0);
        using var fresh = MethodTraining.Start(ReproductionPreset.Quick, run with { Row = "taylor" }, keypoints: 4);
        using var small = MethodTraining.Start(ReproductionPreset.Quick, run, keypoints: 4);
        var scores = new RandomPolicy(1).Score(new PruningContext(fresh.Graph, null!, null!, null!));
        using var pruned = ChannelPruner.Apply(fresh.Graph, PruningPlan.Create(fresh.Graph, scores, new() { Ratio = ratio }));

        Assert.That(
            ChannelGroup.Of(small.Graph).Select(group => group.Width),
            Is.EqualTo(ChannelGroup.Of(pruned.Graph).Select(group => group.Width)));
    }

    [Test]
    public void FreshWeightsOfTheSmallNetworkAreScaledToItsInputs()
    {
        // He et al. (2015): variance 2 / inputs. The last convolution of the halved CNN7 has 16 x 9 inputs and 2,304 weights.
        using var small = MethodTraining.Start(ReproductionPreset.Quick, new("scratch", "cnn7", "both", 0.5, 0, 0), keypoints: 4);
        var weight = small.Graph.Nodes.First(node => node.Name == "conv5").Module!.get_parameter("weight")!;
        using var variance = weight.square().mean();
        Assert.That(variance.item<float>() * 16 * 9, Is.EqualTo(2).Within(0.25));
    }

    private static ProgressivePruningOptions Options(string row) =>
        MethodTraining.Options(ReproductionPreset.Quick, ReproductionPreset.Quick.Runs().First(run => run.Row == row), 340);
}
