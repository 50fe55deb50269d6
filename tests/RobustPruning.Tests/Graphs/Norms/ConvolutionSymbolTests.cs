using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs.Norms;

public sealed class ConvolutionSymbolTests
{
    [Test]
    public void TheBoundIsNeverBelowTheNormOfTheUnrolledConvolution()
    {
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        manual_seed(seed);
        List<double> ratios = [], simpleRatios = [];
        while (ratios.Count < 150)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var groups = random.Next(3) == 0 ? random.Next(2, 4) : 1;
            long channels = groups * random.Next(1, 4), height = random.Next(1, 10), width = random.Next(1, 10);
            (long, long) kernel = Pair(1, 5), stride = Pair(1, 4), padding = Pair(0, 3), dilation = Pair(1, 4);
            if (height + (2 * padding.Item1) <= dilation.Item1 * (kernel.Item1 - 1)
                || width + (2 * padding.Item2) <= dilation.Item2 * (kernel.Item2 - 1))
                continue;
            using var module = nn.Conv2d(
                channels, groups * random.Next(1, 4), kernel, stride, padding, dilation, groups: groups, bias: false);
            module.weight.mul_(Math.Pow(10, random.Next(-3, 4)));
            var node = Node(module, channels, height, width);
            var weight = module.weight.to(float64);
            double truth = Unrolled(node),
                bound = ConvolutionSymbol.Norm(node, weight, NormEffort.Tight),
                simple = ConvolutionSymbol.Norm(node, weight, new NormEffort(1e-6, MostWork: 0));
            var layer = $"{node}: kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}, groups {groups}";
            Assert.That(bound, Is.GreaterThanOrEqualTo(truth * (1 - 1e-13)), layer);
            Assert.That(simple, Is.GreaterThanOrEqualTo(truth * (1 - 1e-13)), layer);
            if (truth > 0)
            {
                ratios.Add(bound / truth);
                simpleRatios.Add(simple / truth);
            }
        }

        foreach (var sorted in new[] { ratios, simpleRatios }.Select(list => list.Order().ToList()))
            TestContext.Out.WriteLine(
                $"bound / norm: median {sorted[75]:0.###}, nine tenths below {sorted[135]:0.###}, greatest {sorted[^1]:0.###}");

        (long, long) Pair(int from, int to) => (random.Next(from, to), random.Next(from, to));
    }

    [Test]
    public void OnLargeMapsTheBoundIsTight([Values(1, 2)] int stride, [Values(1, 2)] int dilation)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = nn.Conv2d(1, 1, 3, stride: stride, padding: dilation, dilation: dilation, bias: false);
        var node = Node(module, 1, 26, 26);
        Assert.That(
            ConvolutionSymbol.Norm(node, module.weight.to(float64), NormEffort.Tight) / Unrolled(node),
            Is.InRange(1 - 1e-13, 1.15));
    }

    [Test]
    public void AMeanHasItsNormAtFrequencyZero()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = nn.Conv2d(1, 1, 3L, bias: false);
        nn.init.ones_(module.weight);
        Assert.That(ConvolutionSymbol.Norm(Node(module, 1, 8, 8), module.weight.to(float64), NormEffort.Tight), Is.InRange(9, 9.2));
    }

    [Test]
    public void ADepthwiseConvolutionWithStridesBeyondItsKernelHasItsGreatestWeight()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = nn.Conv2d(3, 3, (1L, 1L), stride: (2L, 3L), groups: 3, bias: false);
        module.weight.Set(0.5, -4, 2);
        Assert.That(ConvolutionSymbol.Norm(Node(module, 3, 7, 7), module.weight.to(float64), NormEffort.Tight), Is.EqualTo(4).Within(1e-2));
    }

    private static ConvolutionNode Node(TorchSharp.Modules.Conv2d module, long channels, long height, long width)
    {
        var builder = new GraphBuilder([channels, height, width]);
        return (ConvolutionNode)builder.Convolution("conv", builder.Input, module);
    }

    private static double Unrolled(ConvolutionNode node)
    {
        var matrix = node.Linear(eye(node.Input.Neurons, dtype: float64).reshape([-1, .. node.Input.Shape])).flatten(1);
        return linalg.svdvals(matrix).max().item<double>();
    }
}
