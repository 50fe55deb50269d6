using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// Every layer, branches included, against the dense reference: symbols however they are stored, and budgets of every kind.
/// </summary>
public sealed class LayerAgreementTests
{
    private static readonly int[] Budgets = [0, 1, 12, int.MaxValue];

    [Test]
    public void BoundsAreThoseOfTheDenseReference([ValueSource(nameof(Budgets))] int budget)
    {
        var seed = TestEnvironment.FreshSeed();
        var checkedCases = 0;
        for (var number = 0; number < 12 || (checkedCases < 5 && number < 120); number++)
            checkedCases += CheckCase(unchecked(seed + number), new SymbolBudget(budget), ScalarType.Float64) ? 1 : 0;
        Assert.That(checkedCases, Is.GreaterThan(4));
    }

    [TestCase(ScalarType.Float64, 60)]
    [TestCase(ScalarType.Float32, 60)]
    public void SoAreThoseOfTheEngine(ScalarType type, int cases)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < cases; number++)
            CheckCase(unchecked(seed + number), SymbolBudget.All, type, onEngine: true);
    }

    /// <summary>False where the budget had to choose between symbols of one size.</summary>
    private static bool CheckCase(int seed, SymbolBudget budget, ScalarType type, bool onEngine = false)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(seed);
        using var network = random.Network();
        network.to(type);
        var graph = Graph.Of(network, random.Shape);

        // Without a clip, which the reference encloses more loosely.
        var set = random.Set().WithoutClip();
        using var images = set.Enclose(random.Image().to(type), random.Box(set), random.Box(set));
        var dense = new DensePropagator(budget);
        using var expected = dense.Propagate(graph, images);

        if (dense.Tied)
            return false;
        using var actual = new SemanticIntervalPropagator(budget, outward: onEngine).Propagate(graph, images);
        var coarse = type == ScalarType.Float32 ? 2e-5 : 1e-9;
        foreach (var (reference, bounds) in expected.PreActivations.Append(
            expected.Output).Zip(actual.PreActivations.Append(actual.Output)))
        {
            var scale = 1 + reference.Upper.Numbers().Concat(reference.Lower.Numbers()).Max(Math.Abs);

            // The engine adds rounding errors, the images' own among them: with float32 symbols a hundredth of the width at most, or it
            // takes float64; layers behind may make more of it. It is never narrower for that.
            var added =
                !onEngine ? 0
                : type == ScalarType.Float64 ? 1e-7 * scale
                : 0.05 * (reference.Upper - reference.Lower).Numbers().Max();
            var rounding = coarse * scale;
            foreach (var (side, narrower, wider) in new[]
            {
                ("lower", bounds.Lower - reference.Lower, reference.Lower - bounds.Lower),
                ("upper", reference.Upper - bounds.Upper, bounds.Upper - reference.Upper),
            })
            {
                Assert.That(narrower.Numbers().Max(), Is.LessThan(rounding), $"{side} of {bounds.Node} is too tight, seed {seed}\n{graph}");
                Assert.That(
                    wider.Numbers().Max(),
                    Is.LessThan(rounding + added),
                    $"{side} of {bounds.Node} is too loose, seed {seed}\n{graph}");
            }
        }

        return true;
    }
}
