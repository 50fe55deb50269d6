using KeypointRobustness.Reproduction;

namespace KeypointRobustness.Tests.Reproduction;

[TestFixture]
internal sealed class ReproductionPresetTests
{
    [TestCase("tiny", 2)]
    [TestCase("quick", 33 * 3)]
    [TestCase("thorough", (2 + (6 * 3)) * 3)]
    [TestCase("resnet", 12 * 3)]

    // At every seed, network and light: 4 unpruned runs (one row at two weights), 5 rows at three ratios and two weights, 5 at three ratios.
    [TestCase("paper", 2 * 3 * 3 * (4 + (5 * 3 * 2) + (5 * 3)))]
    public void RunsAreThoseOfEveryRowAtItsRatiosAndWeights(string name, int count)
    {
        var runs = ReproductionPreset.Of(name).Runs().ToList();
        Assert.That(runs, Has.Count.EqualTo(count));
        Assert.That(runs.Select(run => run.Name), Is.Unique);
    }

    [Test]
    public void RunsOfOneRowCoverItsSettings()
    {
        var runs = (ReproductionPreset.Paper with { Rows = ["taylor+wasserstein"], Seeds = 1 }).Runs().ToList();
        Assert.That(runs.Select(run => run.Ratio).Distinct(), Is.EquivalentTo(new[] { 0.3, 0.5, 0.7 }));
        Assert.That(runs.Select(run => run.Weight).Distinct(), Is.EquivalentTo(new[] { 3.0, 10 }));
        Assert.That(runs.Select(run => run.Light).Distinct(), Is.EquivalentTo(new[] { "brightness", "contrast", "both" }));
        Assert.That(runs.Select(run => run.Network).Distinct(), Is.EquivalentTo(new[] { "cnn7", "resnet18-imagenet" }));
    }

    [Test]
    public void BadValuesAreRefused()
    {
        Assert.That(() => (ReproductionPreset.Quick with { Seeds = 0 }).Validate(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => (ReproductionPreset.Quick with { Rows = ["no such"] }).Validate(), Throws.ArgumentException);
        Assert.That(() => ReproductionPreset.Of("large"), Throws.ArgumentException.With.Message.Contains("quick"));
    }
}
