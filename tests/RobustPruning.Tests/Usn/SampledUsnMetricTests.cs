using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Usn;

public sealed class SampledUsnMetricTests
{
    [Test]
    public void ALinearNetworkHasTheMomentsOfAUniformParameter()
    {
        using var scope = NewDisposeScope();

        // Neurons move by θ·s with s the sum of their weights, θ uniform on [-0.1, 0.3]: mean 0.1, variance 0.16 / 12.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[1, 2], [-5, 1], [3, -3]], 0, 1, 2)), ("relu", nn.ReLU()));
        var set = SemanticSet.Of(new Brightness(-0.1, 0.3)).WithoutClip();
        using var measurement = new SampledUsnMetric(4096).Measure(Graph.Of(network, 1, 1, 2), rand(2, 1, 1, 2), set);
        var layer = measurement.Layers.Single();
        double[] sums = [3, -4, 0];

        // The points are evenly spread, so the sampling error is some ten over their number.
        Assert.That(layer.Bias.Numbers(), Is.EqualTo(sums.Select(sum => 0.1 * sum)).Within(5e-3));
        Assert.That(layer.SquaredBias.Numbers(), Is.EqualTo(sums.Select(sum => 0.01 * sum * sum)).Within(5e-3));
        Assert.That(layer.Variance.Numbers(), Is.EqualTo(sums.Select(sum => 0.16 / 12 * sum * sum)).Within(5e-3));
    }

    [Test]
    public void BiasAndVarianceEqualPlainSumsOverTwoParameters()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var set = SemanticSet.Of(new Brightness(-0.2, 0.3), new Contrast(-0.3, 0.1));
        var images = stack([random.Image(), random.Image(), random.Image()]);
        using var measurement = new SampledUsnMetric(8).Measure(graph, images, set);
        var thetas = LowDiscrepancySequence.Points(set.Box, 8);
        foreach (var layer in measurement.Layers)
        {
            var neurons = (int)layer.Node.Neurons;
            double[] bias = new double[neurons], squared = new double[neurons], variance = new double[neurons], natural = new double[neurons];
            var cleans = new List<double[]>();
            for (var n = 0; n < 3; n++)
            {
                var clean = Run(images[n].unsqueeze(0));
                var moved = thetas.Select(theta => Run(set.Apply(images[n], theta))).ToList();
                cleans.Add(clean);
                for (var j = 0; j < neurons; j++)
                {
                    var mean = moved.Average(values => values[j] - clean[j]);
                    bias[j] += mean / 3;
                    squared[j] += mean * mean / 3;
                    variance[j] += moved.Average(values => Math.Pow(values[j] - clean[j] - mean, 2)) / 3;
                }
            }

            for (var j = 0; j < neurons; j++)
                natural[j] = cleans.Average(values => Math.Pow(values[j] - cleans.Average(other => other[j]), 2));
            var scale = 1e-5 * (1 + cleans.Max(values => values.Max(value => value * value)));
            Assert.That(layer.Bias.Numbers(), Is.EqualTo(bias).Within(scale));
            Assert.That(layer.SquaredBias.Numbers(), Is.EqualTo(squared).Within(scale));
            Assert.That(layer.Variance.Numbers(), Is.EqualTo(variance).Within(scale));
            Assert.That(layer.NaturalVariance.Numbers(), Is.EqualTo(natural).Within(scale));

            double[] Run(Tensor image) => graph.Run(image, [layer.Node])[layer.Node].Numbers();
        }
    }

    [Test]
    public void DeviationIsSquaredBiasPlusVarianceAveragedOverPositions()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()));
        using var measurement = new SampledUsnMetric(5).Measure(Graph.Of(network, 1, 3, 3), rand(2, 1, 3, 3), SemanticSet.Of(new Contrast(-0.2, 0.3)));
        var layer = measurement.Layers.Single();
        double[] squared = layer.SquaredBias.Numbers(), variance = layer.Variance.Numbers(), natural = layer.NaturalVariance.Numbers();
        Assert.That(layer.Deviation.Numbers(), Is.EqualTo(squared.Zip(variance, (b, v) => b + v)).Within(1e-6));
        Assert.That(layer.ChannelDeviation(), Is.EqualTo(layer.Deviation.Numbers().Chunk(4).Select(channel => channel.Average())).Within(1e-6));
        Assert.That(layer.ChannelNaturalVariance(), Is.EqualTo(natural.Chunk(4).Select(channel => channel.Average())).Within(1e-6));
    }

    [Test]
    public void ThePointsAreInTheBoxAndEvenlySpread()
    {
        var points = LowDiscrepancySequence.Points(new ParameterBox([-1, 2], [1, 6]), 256);
        Assert.That(points.Select(point => ((int)((point[0] + 1) * 2), (int)(point[1] - 2))).GroupBy(cell => cell).Select(cell => cell.Count()),
            Has.Exactly(16).InRange(12, 20));
    }

    [Test]
    public void MemoryDoesNotGrowWithTheImages()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 3, 3);
        using var images = rand(100, 1, 3, 3);
        var set = SemanticSet.Of(new Contrast(-0.2, 0.3));
        Assert.That(LiveTensors.Growth(3, () => new SampledUsnMetric(3).Measure(graph, images, set).Dispose()), Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void TheNetworksModeAndStatisticsStay()
    {
        using var normalization = nn.BatchNorm2d(1);
        using var network = nn.Sequential(("bn", normalization), ("relu", nn.ReLU()));
        network.train();
        using var images = rand(2, 1, 3, 3);
        new SampledUsnMetric(3).Measure(Graph.Of(network, 1, 3, 3), images, SemanticSet.Of(new Brightness(0, 1))).Dispose();
        Assert.That(normalization.training, Is.True);
        Assert.That(normalization.running_mean!.Numbers(), Is.EqualTo(new[] { 0.0 }));
    }

    [Test]
    public void WhatCannotBeMeasuredIsRefused()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 3, 3);
        var set = SemanticSet.Of(new Brightness(0, 1));
        using var image = rand(1, 3, 3);
        using var none = zeros(0, 1, 3, 3);
        using var wide = zeros(1, 1, 3, 4);
        using var images = zeros(1, 1, 3, 3);
        Assert.That(() => new SampledUsnMetric(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SampledUsnMetric().Measure(graph, image, set), Throws.ArgumentException);
        Assert.That(() => new SampledUsnMetric().Measure(graph, none, set), Throws.ArgumentException);
        Assert.That(() => new SampledUsnMetric().Measure(graph, wide, set), Throws.TypeOf<GraphException>());
        Assert.That(() => new SampledUsnMetric().Measure(graph, images, set, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        using var measurement = new SampledUsnMetric().Measure(graph, images, set);
        Assert.That(() => measurement[graph.Input], Throws.TypeOf<GraphException>());
        Assert.That(measurement[graph.Nodes[1]], Is.SameAs(measurement.Layers[0]));
    }
}
