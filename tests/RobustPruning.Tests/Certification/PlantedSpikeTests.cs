using System.Diagnostics;
using RobustPruning.Certification;

namespace RobustPruning.Tests.Certification;

/// <summary>Counterexamples in a tiny part of the set are found, and never certified away.</summary>
public sealed class PlantedSpikeTests
{
    [Test]
    public void NarrowSpikesAreFoundAndNeverCertified()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var falsified = 0;
        for (var number = 0; number < 20; number++)
        {
            var width = Math.Pow(10, -2 - (2 * random.NextDouble()));
            var height = 1 + (4 * random.NextDouble());
            var spike = new PlantedSpike(random, width, height, number % 4 != 0);
            using var network = spike.Network();
            using var image = PlantedSpike.Image();
            using var certifier = new Certifier(network, spike.Set, 0.8);
            var clock = Stopwatch.StartNew();
            var certificate = certifier.Certify(image);
            var verdict = certificate.Claims.Single().Verdict;
            TestContext.Out.WriteLine($"width {width:g3}, height {height:g3}, {spike.Hidden.Length} parameters: {verdict}, {certificate.Boxes} boxes, {clock.ElapsedMilliseconds} ms");
            Assert.That(verdict, Is.Not.EqualTo(Verdict.Certified), $"θ* = {string.Join(", ", spike.Hidden)}, width {width}");
            falsified += verdict == Verdict.Falsified ? 1 : 0;
        }

        Assert.That(falsified, Is.GreaterThanOrEqualTo(19));
    }
}
