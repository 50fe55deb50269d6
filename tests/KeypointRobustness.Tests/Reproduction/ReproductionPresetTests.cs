using KeypointRobustness.Reproduction;

namespace KeypointRobustness.Tests.Reproduction;

[TestFixture]
internal sealed class ReproductionPresetTests
{
    [TestCase("tiny", 2)]
    [TestCase("quick", 27 * 3)]
    [TestCase("thorough", (2 + (6 * 3)) * 3)]

    // Of 27 rows 2 have neither ratio nor Wasserstein loss, and so the one with an area loss; 13 have a ratio alone, 1 that loss alone, 10
    // both.
    [TestCase("paper", 2 * 3 * 3 * (3 + (13 * 4) + (1 * 3) + (10 * 4 * 3)))]
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
        Assert.That(runs.Select(run => run.Ratio).Distinct(), Is.EquivalentTo(new[] { 0.2, 0.4, 0.6, 0.8 }));
        Assert.That(runs.Select(run => run.Weight).Distinct(), Is.EquivalentTo(new[] { 1.0, 3, 10 }));
        Assert.That(runs.Select(run => run.Light).Distinct(), Is.EquivalentTo(new[] { "brightness", "contrast", "both" }));
        Assert.That(runs.Select(run => run.Network).Distinct(), Is.EquivalentTo(new[] { "cnn7", "resnet18" }));
    }

    [Test]
    public void BadValuesAreRefused()
    {
        Assert.That(() => (ReproductionPreset.Quick with { Seeds = 0 }).Validate(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => (ReproductionPreset.Quick with { Rows = ["no such"] }).Validate(), Throws.ArgumentException);
        Assert.That(() => ReproductionPreset.Of("large"), Throws.ArgumentException.With.Message.Contains("quick"));
    }
}
