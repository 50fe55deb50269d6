using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// Symbols stored as local windows give the bounds of the dense reference, on any convolution, on tensors and on the engine.
/// </summary>
public sealed class WindowAgreementTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void WindowsGiveTheBoundsOfTheDenseReference(bool onEngine)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 25; number++)
            CheckCase(unchecked(seed + number), onEngine);
    }

    private static void CheckCase(int seed, bool onEngine)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        manual_seed(seed);
        long[] shape = [random.Next(1, 4), random.Next(7, 14), random.Next(7, 14)];
        using var network = Network(random, shape);
        var graph = Graph.Of(network, shape);

        // Without a clip, which the reference encloses more loosely.
        var set = SemanticSet.Of(new Brightness(-0.3, 0.3), new Contrast(-0.2, 0.4)).WithoutClip();
        if (random.Next(3) == 0)
            set = set.WithNoise(0.05);
        using var images = set.Enclose(rand(shape), [.. set.Box.Grid(2).Take(3)]);
        using var expected = new DensePropagator(SymbolBudget.All).Propagate(graph, images);
        using var actual = new SemanticIntervalPropagator(SymbolBudget.All, outward: onEngine).Propagate(graph, images);

        foreach (var (reference, bounds) in expected.PreActivations.Append(
            expected.Output).Zip(actual.PreActivations.Append(actual.Output)))
        {
            var rounding =
                1e-5
                * (1 + reference.Upper.abs().max().to(float64).item<double>() + reference.Lower.abs().max().to(float64).item<double>());
            if (onEngine)
                rounding += 0.05 * (reference.Upper - reference.Lower).max().to(float64).item<double>();
            Assert.That(
                (reference.Lower - bounds.Lower).abs().max().to(float64).item<double>(),
                Is.LessThanOrEqualTo(rounding),
                $"lower of {bounds.Node}, seed {seed}");
            Assert.That(
                (reference.Upper - bounds.Upper).abs().max().to(float64).item<double>(),
                Is.LessThanOrEqualTo(rounding),
                $"upper of {bounds.Node}, seed {seed}");
        }
    }

    // Plain, depthwise, or something between where the channels allow it.
    private static long Groups(Random random, long channels) => random.Next(3) switch
    {
        0 => channels,
        1 when channels % 2 == 0 => 2,
        _ => 1,
    };

    private static Sequential Network(Random random, long[] shape)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        var (channels, height, width) = (shape[0], shape[1], shape[2]);
        for (var layer = 0; layer < 4; layer++)
        {
            long outputs = random.Next(1, 4),
                kernel = random.Next(1, 4),
                stride = random.Next(1, 4),
                padding = random.Next(0, 3),
                dilation = random.Next(1, 3);
            var reach = (dilation * (kernel - 1)) + 1;
            if (height + (2 * padding) < reach || width + (2 * padding) < reach)
                break;
            var groups = Groups(random, channels);
            outputs = groups == 1 ? outputs : groups * (channels > 3 ? 1 : random.Next(1, 3));
            layers.Add(nn.Conv2d(channels, outputs, kernel, stride: stride, padding: padding, dilation: dilation, groups: groups));
            height = ((height + (2 * padding) - reach) / stride) + 1;
            width = ((width + (2 * padding) - reach) / stride) + 1;
            channels = outputs;
            if (random.Next(4) == 0)
                layers.Add(nn.BatchNorm2d(channels));
            if (random.Next(4) > 0)
                layers.Add(nn.ReLU());
            if (height >= 3 && width >= 3 && random.Next(3) == 0)
            {
                long pool = random.Next(2, 4), step = random.Next(1, 3);
                layers.Add(nn.AvgPool2d(pool, stride: step, padding: 1, count_include_pad: random.Next(2) == 0));
                height = ((height + 2 - pool) / step) + 1;
                width = ((width + 2 - pool) / step) + 1;
            }
        }

        layers.Add(nn.Flatten());
        layers.Add(nn.Linear(channels * height * width, 5));
        layers.Add(nn.ReLU());
        layers.Add(nn.Linear(5, 4));
        var network = nn.Sequential(layers);
        network.eval();
        return network;
    }
}
