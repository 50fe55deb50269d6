using RobustPruning.Bounds;
using RobustPruning.Bounds.Cpu;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Gpu.Tests;

/// <summary>The GPU's kernels, run on the CPU, against the CPU engine with symbols of 64 bits: they differ by rounding alone.</summary>
public sealed class AgreementTests
{
    private const double Rounding = 1e-8;

    [Test]
    public void RandomNetworksHaveTheBoundsOfTheCpuEngine([Values(1, 3)] int threads)
    {
        using var device = GpuDevice.OpenEmulator(threads: threads);
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 6; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            network.to(number % 2 == 0 ? float32 : float64);
            var set = random.Set();
            using var images = set.Enclose(random.Image(), random.Box(set), random.Box(set));
            AreEqual(device, Graph.Of(network, random.Shape), images, unchecked(seed + number));
        }
    }

    [Test]
    public void ProductsNormalizationsAndSoftmaxHaveTheBoundsOfTheCpuEngine()
    {
        using var device = GpuDevice.OpenEmulator();
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 6; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = RandomGates.Network(unchecked(seed + number));
            var set = SemanticSet.Of(new Brightness(-0.01, 0.01), new Contrast(-0.01, 0.01));
            using var images = set.Enclose(rand([2, 4, 4]), set.Box);
            AreEqual(device, network.Graph, images, unchecked(seed + number));
        }
    }

    [Test]
    public void TransposedGroupedDilatedAndStridedConvolutionsHaveTheBoundsOfTheCpuEngine()
    {
        using var device = GpuDevice.OpenEmulator();
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        for (var number = 0; number < 6; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var builder = new GraphBuilder([2, 9, 9]);
            var node = builder.Relu("relu0", builder.Convolution("conv0", builder.Input, nn.Conv2d(2, 6, 3L, padding: 1)));
            var (stride, padding, dilation) = (random.Next(1, 4), random.Next(0, 4), random.Next(1, 3));
            node = builder.Relu("relu1", builder.Convolution("conv1", node, nn.Conv2d(
                6, 12, 3L, stride: stride, padding: padding, dilation: dilation, groups: random.Next(2) == 0 ? 3 : 6)));
            node = builder.Relu("relu2", builder.TransposedConvolution("up", node, nn.ConvTranspose2d(12, 5, 4L, stride: 2, padding: 1)));
            using var network = new GraphModule(builder.Build(builder.Flatten("flatten",
                builder.Convolution("conv3", node, nn.Conv2d(5, 3, 1L)))));
            var set = SemanticSet.Of(new Brightness(-0.02, 0.02)).WithNoise(0.01);
            using var images = set.Enclose(rand([2, 9, 9]), set.Box);
            AreEqual(device, network.Graph, images, seed);
        }
    }

    /// <summary>Sparse rows over the output, as decoders of heatmaps ask for them.</summary>
    [Test]
    public void RowsOverTheOutputHaveTheBoundsOfTheCpuEngine()
    {
        using var device = GpuDevice.OpenEmulator();
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2, 6, 6]);
        var node = builder.Relu("relu", builder.Convolution("conv1", builder.Input, nn.Conv2d(2, 4, 3L, padding: 1)));
        using var network = new GraphModule(builder.Build(builder.Flatten("flatten",
            builder.Convolution("conv2", node, nn.Conv2d(4, 3, 3L, padding: 1)))));
        var set = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.05, 0.05));
        using var images = set.Enclose(rand([2, 6, 6]), [.. set.Box.Grid(2)]);
        (int Value, float Weight)[][] rows = [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 108).OrderBy(_ => random.Next())
            .Take(random.Next(1, 10)).Select(value => (value, random.NextSingle() - 0.5f)).ToArray())];
        var expected = new EngineAdapter(new WideCpuEngine(), true).Bound(network.Graph, images, () => false, (_, _, _) => rows)!;
        var actual = new EngineAdapter(device.NewEngine(), true).Bound(network.Graph, images, () => false, (_, _, _) => rows)!;
        foreach (var (reference, bounds) in expected.Zip(actual))
        {
            Assert.That(bounds.Rows!.Value.Lower, Is.EqualTo(reference.Rows!.Value.Lower).Within(Rounding), $"seed {seed}");
            Assert.That(bounds.Rows!.Value.Upper, Is.EqualTo(reference.Rows!.Value.Upper).Within(Rounding), $"seed {seed}");
            Assert.That(bounds.Unstable, Is.EqualTo(reference.Unstable), $"seed {seed}");
        }
    }

    private static void AreEqual(GpuDevice device, Graph graph, PerturbedImages images, int seed)
    {
        using var expected = new EngineAdapter(new WideCpuEngine(), seed % 2 == 0).Propagate(graph, images, () => false)!;
        using var actual = new EngineAdapter(device.NewEngine(), seed % 2 == 0).Propagate(graph, images, () => false)!;
        var pairs = expected.PreActivations.Append(expected.Output).Zip(actual.PreActivations.Append(actual.Output));
        foreach (var (reference, bounds) in pairs)
        {
            AreEqual(reference.Lower, bounds.Lower, $"lower of {bounds.Node}, seed {seed}");
            AreEqual(reference.Upper, bounds.Upper, $"upper of {bounds.Node}, seed {seed}");
        }
    }

    private static void AreEqual(Tensor expected, Tensor actual, string what)
    {
        double[] first = expected.Numbers(), second = actual.Numbers();
        var rounding = Rounding * (1 + first.Max(Math.Abs));
        for (var index = 0; index < first.Length; index++)
            Assert.That(second[index], Is.EqualTo(first[index]).Within(rounding), $"{what}, number {index}");
    }

    /// <summary>The CPU engine with symbols of 64 bits alone.</summary>
    private sealed class WideCpuEngine : IPropagationEngine
    {
        public string Name => "CPU, 64 bits";

        public IReadOnlyList<BoxBounds>? Bound(PropagationPlan plan, ImageBoxes images, BoundRequest request, Func<bool> stop) =>
            [.. Enumerable.Range(0, images.Count).Select(box =>
                new BoxPropagation<double>(new BufferPool(), plan, request, stop).Run(images, box, mustBeFine: false)!)];
    }
}
