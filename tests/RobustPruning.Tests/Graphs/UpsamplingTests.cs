using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Upsampling and transposed convolutions against torch's own.</summary>
public sealed class UpsamplingTests
{
    [Test]
    public void MapsOfAnotherSizeAreTorchs([Values] Upsampling mode)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var trial = 0; trial < 30; trial++)
        {
            using var scope = NewDisposeScope();
            long[] shape = [random.Next(1, 4), random.Next(1, 7), random.Next(1, 7)];
            long height = random.Next(1, 12), width = random.Next(1, 12);
            var builder = new GraphBuilder(shape);
            var graph = builder.Build(builder.Upsample("up", builder.Input, height, width, mode));
            var images = randn([2, .. shape], dtype: float32);
            var expected = nn.functional.interpolate(
                images, [height, width], mode: mode == Upsampling.Nearest ? InterpolationMode.Nearest : InterpolationMode.Bilinear,
                align_corners: mode == Upsampling.Nearest ? null : mode == Upsampling.BilinearAlignedCorners);
            Assert.That(
                TensorValues.Gap(graph.Forward(images), expected),
                Is.LessThan(1e-5),
                $"[{string.Join(", ", shape)}] to {height}x{width}");
        }
    }

    [Test]
    public void ATransposedConvolutionIsTorchs()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var trial = 0; trial < 30; trial++)
        {
            using var scope = NewDisposeScope();
            long[] shape = [random.Next(1, 4), random.Next(1, 6), random.Next(1, 6)];
            int kernel = random.Next(1, 5),
                stride = random.Next(1, 4),
                padding = random.Next(0, kernel),
                outputPadding = random.Next(0, stride),
                outputs = random.Next(1, 4);
            var expected = nn.ConvTranspose2d(shape[0], outputs, kernel, stride: stride, padding: padding, output_padding: outputPadding);
            if ((Math.Min(shape[1], shape[2]) - 1) * stride + kernel - (2 * padding) + outputPadding < 1)
                continue;
            var convolution = nn.Conv2d(shape[0], outputs, kernel);
            using (no_grad())
            {
                convolution.weight.copy_(expected.weight.transpose(0, 1).flip(2, 3));
                convolution.bias!.copy_(expected.bias!);
            }

            var builder = new GraphBuilder(shape);
            var graph = builder.Build(builder.TransposedConvolution("up", builder.Input, convolution, stride, padding, outputPadding));
            var images = randn([2, .. shape]);
            Assert.That(TensorValues.Gap(graph.Forward(images), expected.call(images)), Is.LessThan(1e-5));
        }
    }

    [Test]
    public void ChannelsLeaveThroughAHead([Values(null, Upsampling.Nearest, Upsampling.Bilinear)] Upsampling? mode, [Values] bool offsets)
    {
        using var scope = NewDisposeScope();
        using var network = Cnn7.Create(
            new(3, 8, 8, 2, 0.1, true, TestEnvironment.FreshSeed() & 0xFFFF, new KeypointHead(2, 64, mode, offsets)));
        network.eval();
        Assert.That(network.Graph.Outputs[0].Shape, Is.EqualTo(new long[] { 2, 16, 16 }));
        var scores = ChannelGroup.Of(network.Graph).ToDictionary(group => group, group => new double[group.Width]);
        Assert.That(scores.Keys.Count(group => group.Name.StartsWith("head.", StringComparison.Ordinal)), Is.EqualTo(2));

        // Channels that are zero change nothing when they leave.
        var plan = PruningPlan.Create(network.Graph, scores, new() { Ratio = 0.4 });
        using (no_grad())
        {
            foreach (var (group, removed) in plan.Removed)
            {
                foreach (var layer in group.Inputs)
                {
                    if (layer.Node is ConvolutionNode convolution)
                        convolution.Convolution.weight.index_fill_(
                            1,
                            tensor(removed.SelectMany(channel => layer.Entries[channel]).Select(entry => (long)entry).ToArray()),
                            0);
                }
            }
        }

        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        var images = rand(2, 3, 8, 8);
        Assert.That(pruned.Graph.Parameters, Is.LessThan(network.Graph.Parameters));
        Assert.That(TensorValues.Gap(pruned.Graph.Forward(images), network.Graph.Forward(images)), Is.LessThan(1e-4));
    }

    [Test]
    public void BoundsHoldThroughAHead(
        [Values(null, Upsampling.Nearest, Upsampling.Bilinear, Upsampling.BilinearAlignedCorners)] Upsampling? mode)
    {
        using var scope = NewDisposeScope();
        using var network = ResNet18.Create(new(ResNetStem.Cifar, 1, 8, 8, 2, 0.05, 3, new KeypointHead(1, 64, mode)));
        network.eval();
        var light = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.1, 0.1));
        var image = rand(1, 8, 8);
        foreach (var propagator in new IBoundPropagator[] { new IntervalPropagator(), new SemanticIntervalPropagator(SymbolBudget.All) })
        {
            using var bounds = propagator.Propagate(network.Graph, light.Enclose(image, light.Box));
            var outputs = network.Graph.Forward(light.Apply(image, light.Box.Sample(200, new Random(1)))).to(float64);
            var slack = 1e-5 * (1 + outputs.abs().max().item<double>());
            Assert.That(
                outputs.ge(bounds.Output.Lower - slack).logical_and(outputs.le(bounds.Output.Upper + slack)).all().item<bool>(),
                Is.True,
                propagator.Name);
        }
    }
}
