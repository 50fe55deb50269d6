using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds.Cpu;

/// <summary>Transposed convolutions in groups: the engine against the dense reference and samples, and certificates about them.</summary>
public sealed class GroupedTransposedConvolutionTests
{
    [Test]
    public void BoundsAreThoseOfTheDenseReferenceAndHoldAtSamples(
        [Values(1, 2, 4)] int groups, [Values(1, 2)] int stride, [Values] bool wide)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 4; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            manual_seed(unchecked(seed + number));
            var random = new Random(unchecked(seed + number));
            using var network = new GraphModule(Network(random, groups, stride));
            network.to(wide ? float64 : float32);
            var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.05, 0.1)).WithoutClip();
            var image = rand([2, 5, 6], dtype: wide ? float64 : float32);
            using var images = set.Enclose(image, set.Box);
            using var expected = new DensePropagator(SymbolBudget.All).Propagate(network.Graph, images);
            using var actual = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network.Graph, images);
            var width = (expected.Output.Upper - expected.Output.Lower).max().to(float64).item<double>();
            var size = 1 + expected.Output.Upper.Numbers().Concat(expected.Output.Lower.Numbers()).Max(Math.Abs);
            var slack = wide ? 1e-9 * size : (1e-4 * size) + (0.05 * width);
            var told = $"seed {unchecked(seed + number)}";
            Assert.That(TensorValues.Gap(expected.Output.Lower, actual.Output.Lower), Is.LessThan(slack), told);
            Assert.That(TensorValues.Gap(expected.Output.Upper, actual.Output.Upper), Is.LessThan(slack), told);
            double[] lower = actual.Output.Lower.Numbers(), upper = actual.Output.Upper.Numbers();
            foreach (var theta in set.Box.Sample(30, random))
            {
                double[] y = network.Graph.Forward(set.ApplyOne(image, theta, null)).Numbers();
                for (var value = 0; value < y.Length; value++)
                    Assert.That(y[value], Is.InRange(lower[value] - 1e-4, upper[value] + 1e-4), told);
            }
        }
    }

    [Test]
    public void CertificatesAreProvedAgain([Values(2, 4)] int groups)
    {
        using var scope = NewDisposeScope();
        var seed = TestEnvironment.FreshSeed();
        manual_seed(seed);
        using var network = new GraphModule(Network(new Random(seed), groups, 2));
        var image = (rand([2, 5, 6]) * 0.8) + 0.1;
        using var certifier = new Certifier(
            network, SemanticSet.Of(new Brightness(-0.01, 0.01)), new KeypointProperty(0.5), new CertifierOptions { MaxBoxes = 20 });
        var certificate = certifier.Certify(image);
        var check = certificate.Check(network, image);
        Assert.That(check.Problems, Is.Empty, $"seed {seed}");
        var narrower = certificate with { Leaves = [.. certificate.Leaves.Select(leaf => leaf with { Upper = [.. leaf.Lower] })] };
        Assert.That(narrower.Check(network, image).IsValid, Is.False, $"seed {seed}");
    }

    private static Graph Network(Random random, int groups, int stride)
    {
        var builder = new GraphBuilder([2, 5, 6]);
        var node = builder.Relu("relu1", builder.Convolution("conv", builder.Input, nn.Conv2d(2, 4, 3L, padding: 1L)));
        var up = nn.ConvTranspose2d(4, 4 * random.Next(1, 3), (3, 2), (stride, stride), (1, 0), groups: groups);
        node = builder.Relu("relu2", builder.TransposedConvolution("up", node, up));
        return builder.Build(builder.Linear("fc", builder.Flatten("flat", node), nn.Linear(node.Neurons, 4)));
    }
}
