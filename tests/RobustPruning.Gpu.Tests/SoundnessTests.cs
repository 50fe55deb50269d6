using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Bounds;
using RobustPruning.Tests;

namespace RobustPruning.Gpu.Tests;

/// <summary>The bounds of random cases, attacked with samples and gradients.</summary>
public sealed class SoundnessTests
{
    [Test]
    public void AttackedParametersStayInsideTheBounds()
    {
        using var device = GpuDevice.OpenEmulator();
        var seed = TestEnvironment.FreshSeed();
        var asked = 0;
        var result = SoundnessRun.Run(6, seed, 1, 20, samples: 100, change: domain =>
        {
            if (domain is not SemanticIntervalPropagator { Outward: true } semantic || semantic.Budget != SymbolBudget.All)
                return domain;
            asked++;
            return semantic.On(device);
        });
        Assert.That(asked, Is.GreaterThanOrEqualTo(3 * result.Cases));
        Assert.That(result.Cases, Is.GreaterThan(0));
        Assert.That(result.Failures, Is.Empty, $"seed {seed}: {string.Join(Environment.NewLine, result.Failures)}");
    }
}
