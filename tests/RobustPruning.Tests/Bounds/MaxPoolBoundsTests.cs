using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Max pooling in cases whose true range is known by hand.</summary>
public sealed class MaxPoolBoundsTests
{
    private static readonly SemanticIntervalPropagator None = new(SymbolBudget.None), All = new(SymbolBudget.All);

    [Test]
    public void WhereOneEntryDominatesItIsExact()
    {
        // Brightness moves all pixels alike, so the greatest stays the greatest.
        foreach (IBoundPropagator domain in (IBoundPropagator[])[None, All, new IntervalPropagator()])
        {
            using var scope = NewDisposeScope();
            using var network = nn.Sequential(("pool", nn.MaxPool2d((1L, 3L), stride: (1L, 2L))));
            var bounds = Propagate(domain, network, PlantedNetwork.Image(0.3f, 0.5f, 0.4f, 0.2f, 0.1f), new Brightness(-0.1, 0.1));
            Assert.That(bounds.Lower, Is.EqualTo(new[] { 0.4, 0.3 }).Within(1e-6), domain.Name);
            Assert.That(bounds.Upper, Is.EqualTo(new[] { 0.6, 0.5 }).Within(1e-6), domain.Name);
        }
    }

    [Test]
    public void PaddingNeverWins()
    {
        // All values are below zero, which padding counts as in every other layer.
        foreach (IBoundPropagator domain in (IBoundPropagator[])[None, All, new IntervalPropagator()])
        {
            using var scope = NewDisposeScope();
            using var minus = nn.Conv2d(1, 1, 1L);
            minus.weight.Set(-1);
            minus.bias!.Set(-1);
            using var network = nn.Sequential(("minus", minus), ("pool", nn.MaxPool2d((1L, 3L), padding: (0L, 1L))));
            var bounds = Propagate(domain, network, PlantedNetwork.Image(0.5f, 0.4f, 0.3f, 0.6f), new Brightness(-0.1, 0.1));
            Assert.That(bounds.Lower, Is.EqualTo(new[] { -1.5, -1.4 }).Within(1e-6), domain.Name);
            Assert.That(bounds.Upper, Is.EqualTo(new[] { -1.3, -1.2 }).Within(1e-6), domain.Name);
        }
    }

    [Test]
    public void TwoEntriesThatCrossAreTheParallelogramOfTheirDifference()
    {
        // max(b, 0) with b in [-0.1, 0.3]: the ReLU's parallelogram.
        foreach (var domain in (SemanticIntervalPropagator[])[None, All])
        {
            using var scope = NewDisposeScope();
            using var first = nn.Conv2d(1, 2, 1L);
            first.weight.Set(1, 0);
            first.bias!.Set(-0.5, 0);
            var builder = new GraphBuilder([1, 1, 1]);
            var both = builder.Convolution("both", builder.Input, first);
            using var network = new GraphModule(builder.Build(builder.MaxPool("max", AsRow(builder, both), nn.MaxPool2d((1L, 2L)))));
            var bounds = Propagate(domain, network, PlantedNetwork.Image(0.5f), new Brightness(-0.1, 0.3));
            Assert.That(bounds.Lower, Is.EqualTo(new[] { -0.075 }).Within(1e-6));
            Assert.That(bounds.Upper, Is.EqualTo(new[] { 0.3 }).Within(1e-6));
        }
    }

    [Test]
    public void MaxPoolingTheSameValueTwiceIsThatValue()
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());

        // Nearest-neighbour doubling, and back.
        var builder = new GraphBuilder([1, 4, 4]);
        var value = builder.Tanh("tanh", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 2, 3L, padding: 1)));
        var doubled = builder.AdaptiveAveragePool("double", value, nn.AdaptiveAvgPool2d(8));
        var back = builder.MaxPool("max", doubled, nn.MaxPool2d(2L));
        using var network = new GraphModule(builder.Build(back));
        using var direct = new GraphModule(builder.Build(value));
        var image = rand(1, 4, 4);
        var expected = Propagate(All, direct, image, new Brightness(-0.3, 0.3));
        var actual = Propagate(All, network, image, new Brightness(-0.3, 0.3));
        Assert.That(actual.Lower, Is.EqualTo(expected.Lower).Within(1e-5));
        Assert.That(actual.Upper, Is.EqualTo(expected.Upper).Within(1e-5));
    }

    [Test]
    public void NoSmallChangeMakesTheBoundsJump()
    {
        // Four values with a noise of 0.1 each, from all alike to one above the others: from the box alone to the running maximum alone.
        using var noGradient = no_grad();
        using var network = nn.Sequential(("pool", nn.MaxPool2d((1L, 4L))));
        var graph = Graph.Of(network, 1, 1, 4);
        var set = SemanticSet.Of(new Brightness(0, 0)).WithoutClip().WithNoise(0.1);
        const double step = 0.0005;
        double[]? before = null;
        for (var apart = 0; apart <= 600; apart++)
        {
            using var scope = NewDisposeScope();
            var values = PlantedNetwork.Image([.. Enumerable.Range(0, 4).Select(entry => (float)(entry * apart * step / 3))]);
            using var images = set.Enclose(values, set.Box);
            using var bounds = All.Propagate(graph, images);
            double[] now = [.. bounds.Output.Lower.Numbers(), .. bounds.Output.Upper.Numbers()];
            if (before is not null)
                Assert.That(
                    before.Zip(now, (then, value) => Math.Abs(value - then)).Max(),
                    Is.LessThan(6 * step),
                    $"greatest value {apart * step}");
            before = now;
        }
    }

    /// <summary>Two channels of one pixel as one channel of two pixels, by two padded convolutions.</summary>
    private static GraphNode AsRow(GraphBuilder builder, GraphNode both)
    {
        var module = nn.Conv2d(2, 1, (1L, 2L), padding: (0L, 1L), bias: false);

        // Output 0 reads the pixel with the kernel's second column, output 1 with its first.
        module.weight.Set(0, 1, 1, 0);
        return builder.Convolution("row", both, module);
    }

    private static (double[] Lower, double[] Upper) Propagate(
        IBoundPropagator domain, nn.Module<Tensor, Tensor> network, Tensor image, Brightness brightness)
    {
        using var noGradient = no_grad();
        var set = SemanticSet.Of(brightness);
        using var images = set.Enclose(image, set.Box);
        using var bounds = domain.Propagate(Graph.Of(network, image.shape), images);
        return (bounds.Output.Lower.Numbers(), bounds.Output.Upper.Numbers());
    }
}
