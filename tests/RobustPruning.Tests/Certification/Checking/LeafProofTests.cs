using System.Diagnostics;
using RobustPruning.Benchmarks.Networks;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>The checker's own bounds: against sampled parameters, and against the domain that certifies.</summary>
public sealed class LeafProofTests
{
    [Test]
    public void SampledParametersStayInside()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 60; number++)
            CheckSamples(unchecked(seed + number));
    }

    [Test]
    public void TheBoundsAreThoseOfTheDomainThatCertifies()
    {
        var seed = TestEnvironment.FreshSeed();
        var worst = 0.0;
        for (var number = 0; number < 3000; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            var graph = Graph.Of(network, random.Shape);
            var (image, set) = (random.Image(), random.Set());
            var box = random.Box(set);
            using var images = set.Enclose(image, box);
            using var folded = BatchNormalizationFolding.Fold(graph);
            using var certified = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(folded.Graph, images);
            var proved = Bound(graph, set, image, box);
            double[] lower = certified.Output.Lower.Numbers(), upper = certified.Output.Upper.Numbers();var old=worst;
            for (var output = 0; output < lower.Length; output++)
            {
                var scale = lower.Concat(upper).Max(Math.Abs);
                worst = Math.Max(worst, Math.Max(Math.Abs(lower[output] - proved.Lower[output]), Math.Abs(upper[output] - proved.Upper[output])) / scale);
            }
        if(worst>old) TestContext.Out.WriteLine($"{number} {worst:0.0e+0}");}

        TestContext.Out.WriteLine($"greatest relative difference {worst:0.0e+0}");
        Assert.That(worst, Is.LessThan(1e-4));
    }

    [Test]
    public void Small()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (network, images, _) = NetworkFolder.Read(TestEnvironment.RequireShared("networks/small32"));
        using var owned = network;
        var set = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));
        foreach (var index in new[] { 0, 1, 2, 3 })
        foreach (var cells in new[] { 1, 5 })
        {
            var box = set.Box.Grid(cells)[0];
            using var enclosed = set.Enclose(images[index], box);
            var clock = Stopwatch.StartNew();
            using var certified = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network.Graph, enclosed);
            var fast = clock.Elapsed;
            clock.Restart();
            var proved = Bound(network.Graph, set, images[index], box);
            var slow = clock.Elapsed;
            var single = Bound(network.Graph, set, images[index], box, true);
            double[] lower = certified.Output.Lower.Numbers(), upper = certified.Output.Upper.Numbers();
            TestContext.Out.WriteLine($"{fast.TotalSeconds:0.00} s, {slow.TotalSeconds:0.00} s; {lower.Zip(proved.Lower, (a, b) => Math.Abs(a - b)).Max():0.0e+0} {upper.Zip(proved.Upper, (a, b) => Math.Abs(a - b)).Max():0.0e+0} "
                + $"rounding {proved.Rounding.Max():0.0e+0} {single.Rounding.Max():0.0e+0} width {upper[0] - lower[0]:0.00} {single.Upper[0]-single.Lower[0]:0.00} at {upper.Max():0.0}");
        }
    }

    private static OutputBounds Bound(Graph graph, SemanticSet set, Tensor image, ParameterBox box, bool float32Network = false)
    {
        using var copy = ProofNetwork.Of(graph);
        using var wide = image.to(float64);
        using var images = set.Enclose(wide, box);
        return new LeafProof(copy.Graph, new Rounding(float32Network)).Bound(images);
    }

    private static void CheckSamples(int seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(seed);
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var (image, set) = (random.Image(), random.Set());
        var box = random.Box(set);
        using var copy = ProofNetwork.Of(graph);
        var exact = copy.Graph.Forward(set.Apply(image.to(float64), [.. box.Corners(), .. box.Sample(1000, new Random(seed))]));
        Inside(exact, Bound(graph, set, image, box), "real-number network");
        var rounded = graph.Forward(set.Apply(image, [.. box.Corners(), .. box.Sample(1000, new Random(seed))]));
        Inside(rounded, Bound(graph, set, image, box, float32Network: true), "32-bit network");

        void Inside(Tensor outputs, OutputBounds bounds, string what)
        {
            double[] least = outputs.amin(0).Numbers(), greatest = outputs.amax(0).Numbers();
            for (var output = 0; output < least.Length; output++)
            {
                Assert.That(least[output], Is.GreaterThanOrEqualTo(bounds.Lower[output]), $"{what}, seed {seed}");
                Assert.That(greatest[output], Is.LessThanOrEqualTo(bounds.Upper[output]), $"{what}, seed {seed}");
            }
        }
    }
}
