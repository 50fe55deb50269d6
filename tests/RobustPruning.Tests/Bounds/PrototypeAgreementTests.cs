using System.Diagnostics;
using System.Text.Json;
using RobustPruning.Benchmarks.Networks;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// Bounds of a real network against those of the Python prototypes (<c>reference_bounds.py</c>): θ = brightness and contrast about 0, each
/// in ±0.02, one box, clipped.
/// </summary>
public sealed class PrototypeAgreementTests
{
    private const double Relative = 1e-3;

    [TestCase("interval", 16)]
    [TestCase("none", 16)]
    [TestCase("all", 1)]
    public void OutputBoundsAgree(string domain, int images) => Compare(domain, images);

    /// <summary>The engine adds the rounding of its float32 symbols: docs/performance.md has 0.3 % of the width.</summary>
    [Test]
    public void TheEngineIsHardlyWider()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (network, images, _) = NetworkFolder.Read(TestEnvironment.RequireShared("networks/small32"));
        using var owned = network;
        using var reference = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Bounds", "ReferenceBounds.json")));
        var set = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));
        var engine = new SemanticIntervalPropagator(SymbolBudget.All, shareClipErrors: false);
        for (var index = 0; index < images.shape[0]; index++)
        {
            using var enclosed = set.Enclose(images[index], set.Box);
            using var bounds = engine.Propagate(network.Graph, enclosed);
            var width = (bounds.Output.Upper - bounds.Output.Lower).Numbers().Sum();
            var expected = reference.RootElement.GetProperty("all")[index].GetProperty("width").GetDouble();
            Assert.That(width / expected, Is.InRange(1 - Relative, 1.006), $"image {index}");
        }
    }

    [Test]
    public void TheNetworkIsReadAsItWasWritten()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (network, images, outputs) = NetworkFolder.Read(TestEnvironment.RequireShared("networks/small32"));
        using (network)
            Assert.That(TensorValues.Gap(network.forward(images), outputs), Is.LessThan(1e-3));
    }

    private static void Compare(string domain, int count)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (network, images, _) = NetworkFolder.Read(TestEnvironment.RequireShared("networks/small32"));
        using var owned = network;
        using var reference = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Bounds", "ReferenceBounds.json")));
        var outputs = Numbers(reference.RootElement, "outputs").Select(output => (int)output).ToArray();
        var set = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));
        var clock = Stopwatch.StartNew();
        var worst = 0.0;
        for (var index = 0; index < Math.Min(count, images.shape[0]); index++)
        {
            using var inner = NewDisposeScope();
            using var enclosed = set.Enclose(images[index], set.Box);
            using var bounds = Propagator(domain).Propagate(network.Graph, enclosed);
            double[] lower = bounds.Output.Lower.Numbers(), upper = bounds.Output.Upper.Numbers();
            var expected = reference.RootElement.GetProperty(domain)[index];
            var width = expected.GetProperty("width").GetDouble();
            Check(lower.Zip(upper, (low, high) => high - low).Sum(), width, width);

            // Single bounds are compared on the scale of the bound itself.
            foreach (var (side, values) in new[] { ("lower", lower), ("upper", upper) })
            {
                foreach (var (output, bound) in outputs.Zip(Numbers(expected, side)))
                    Check(values[output], bound, Math.Abs(bound));
            }
        }

        TestContext.Out.WriteLine(
            $"{domain}: {count} images in {clock.Elapsed.TotalSeconds:0.0} s, greatest relative difference {worst:0.0e+0}");

        void Check(double actual, double expected, double scale)
        {
            worst = Math.Max(worst, Math.Abs(actual - expected) / scale);
            Assert.That(actual, Is.EqualTo(expected).Within(Relative * scale));
        }
    }

    private static IBoundPropagator Propagator(string domain) => domain switch
    {
        "interval" => new IntervalPropagator(outward: false),
        "none" => new SemanticIntervalPropagator(SymbolBudget.None, outward: false),
        _ => new SemanticIntervalPropagator(SymbolBudget.All, shareClipErrors: false, outward: false),
    };

    private static double[] Numbers(JsonElement element, string key) =>
        [.. element.GetProperty(key).EnumerateArray().Select(value => value.GetDouble())];
}
