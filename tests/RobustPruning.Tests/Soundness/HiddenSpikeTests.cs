using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Certification;

namespace RobustPruning.Tests.Soundness;

/// <summary>Counterexamples in a tiny part of the set; <c>spikes</c> among the benchmarks hunts as many as you like.</summary>
public sealed class HiddenSpikeTests
{
    [Test]
    public void NarrowSpikesAreFoundAndNeverCertified()
    {
        var results = SpikeHunt.Run(15, TestEnvironment.FreshSeed(), 30, result => TestContext.Out.WriteLine(result));
        Assert.That(results.Select(result => result.Verdict), Has.None.EqualTo(Verdict.Certified));
        Assert.That(results.Count(result => result.Verdict == Verdict.Falsified), Is.GreaterThanOrEqualTo(14));
    }
}
