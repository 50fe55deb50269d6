using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Usn.Sampling;

public sealed class SampledUsnMetricTests
{
    [Test]
    public void ALinearNetworkHasTheMomentsOfAUniformParameter()
    {
        using var scope = NewDisposeScope();

        // Neurons move by θ·s with s the sum of their weights, θ uniform on [-0.1, 0.3]: mean 0.1, variance 0.16 / 12.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "fc",
                PlantedNetwork.Linear(
                    [
                        [1, 2],
                        [-5, 1],
                        [3, -3],
                    ],
                    0,
                    1,
                    2)),
            ("relu", nn.ReLU()));
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
    public void MomentsAndErrorsEqualPlainSumsOverTwoParameters([Values(2, 7, 150)] int samples)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        network.to(float64);
        var graph = Graph.Of(network, random.Shape);
        var set = SemanticSet.Of(new Brightness(-0.2, 0.3), new Contrast(-0.3, 0.1));
        var images = stack([random.Image(), random.Image(), random.Image()]).to(float64);
        using var measurement = new SampledUsnMetric(samples, seed: 5).Measure(graph, images, set);
        var seeded = new Random(5);
        var drawn = Enumerable.Range(0, 3).Select(_ => new QuasiRandomRule(samples).Draw(set.Box, seeded).ToList()).ToList();
        Assert.That(drawn.SelectMany(image => image).Select(sample => sample.Theta[0]), Is.Unique);
        foreach (var layer in measurement.Layers)
        {
            int neurons = (int)layer.Node.Neurons, positions = neurons / (int)layer.Node.Channels;
            var cleans = Enumerable.Range(0, 3).Select(n => Run(images[n].unsqueeze(0))).ToList();
            var moves = drawn
                .Select(
                    (image, n) =>
                        image
                            .Select(sample =>
                                (
                                    sample.Part,
                                    Moves: Run(set.Apply(images[n], sample.Theta)).Zip(
                                        cleans[n], (moved, clean) => moved - clean).ToArray()))
                            .ToList())
                .ToList();
            var bias = PerNeuron(j => moves.Average(image => image.Average(sample => sample.Moves[j])));
            var deviation = PerNeuron(j => moves.Average(image => image.Average(sample => Math.Pow(sample.Moves[j], 2))));
            var squared = PerNeuron(j => Math.Clamp(moves.Average(image => Mean(image, 0, j) * Mean(image, 1, j)), 0, deviation[j]));
            var natural = PerNeuron(j => cleans.Average(values => Math.Pow(values[j] - cleans.Average(other => other[j]), 2)));
            var scale = 1e-6 * (1e-30 + cleans.Max(values => values.Max(value => 1 + (value * value))));
            Assert.That(layer.Bias.Numbers(), Is.EqualTo(bias).Within(scale));
            Assert.That(layer.SquaredBias.Numbers(), Is.EqualTo(squared).Within(scale));
            Assert.That(layer.Variance.Numbers(), Is.EqualTo(deviation.Zip(squared, (whole, part) => whole - part)).Within(scale));
            Assert.That(layer.Deviation.Numbers(), Is.EqualTo(deviation).Within(scale));
            Assert.That(layer.NaturalVariance.Numbers(), Is.EqualTo(natural).Within(scale));

            for (var channel = 0; channel < layer.Node.Channels; channel++)
            {
                var own = Enumerable.Range(channel * positions, positions).ToList();
                RequireEstimate(layer.BiasEstimates![channel], move => own.Average(j => move[j]));
                RequireEstimate(layer.DeviationEstimates![channel], move => own.Average(j => move[j] * move[j]));
            }

            void RequireEstimate(UsnEstimate estimate, Func<double[], double> number)
            {
                var means = moves.Select(image => image.Average(sample => number(sample.Moves))).ToList();
                var errors = moves.Select(image =>
                    (PartMean(image, 0) - PartMean(image, 1)) * Math.Sqrt(Part(image, 0) * Part(image, 1)) / samples);
                Assert.That(estimate.Value, Is.EqualTo(means.Average()).Within(scale));
                Assert.That(
                    estimate.ImageError,
                    Is.EqualTo(Math.Sqrt(means.Sum(mean => Math.Pow(mean - means.Average(), 2)) / 6)).Within(scale));
                Assert.That(estimate.SamplingError, Is.EqualTo(Math.Sqrt(errors.Sum(error => error * error)) / 3).Within(scale));

                double PartMean(List<(int Part, double[] Moves)> image, int part) =>
                    image.Where(sample => sample.Part == part).Average(sample => number(sample.Moves));
            }

            double[] PerNeuron(Func<int, double> number) => [.. Enumerable.Range(0, neurons).Select(number)];

            double[] Run(Tensor image) => graph.Run(image, [layer.Node])[layer.Node].Numbers();
        }

        static double Mean(List<(int Part, double[] Moves)> image, int part, int neuron) =>
            image.Where(sample => sample.Part == part).Average(sample => sample.Moves[neuron]);

        static double Part(List<(int Part, double[] Moves)> image, int part) => image.Count(sample => sample.Part == part);
    }

    [Test]
    public void AnUnbiasedNeuronShowsNoBiasAndABiasedOneShowsItsOwn()
    {
        using var scope = NewDisposeScope();

        // Two θ an image: the square of their mean has half the variance as its own mean, whatever the bias.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[1]], 0)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 1, 1);
        var images = rand(600, 1, 1, 1);
        Assert.That(SquaredBias(new Brightness(-0.3, 0.3)), Is.LessThan(0.15));
        Assert.That(SquaredBias(new Brightness(0, 0.6)), Is.EqualTo(3).Within(0.5));

        double SquaredBias(Brightness brightness)
        {
            using var measurement = new SampledUsnMetric(2).Measure(graph, images, SemanticSet.Of(brightness).WithoutClip());
            var layer = measurement.Layers.Single();
            Assert.That(
                layer.Deviation.Numbers()[0],
                Is.EqualTo(layer.SquaredBias.Numbers()[0] + layer.Variance.Numbers()[0]).Within(1e-7));
            return layer.SquaredBias.Numbers()[0] / (0.36 / 12);
        }
    }

    [Test]
    public void GaussLegendreIsExactForPolynomials()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[1]], 0)), ("relu", nn.ReLU()));
        network.to(float64);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.3)).Then(new Contrast(-0.2, 0.2, ContrastPivot.Zero)).WithoutClip();
        using var measurement = SampledUsnMetric
            .GaussLegendre(2)
            .Measure(Graph.Of(network, 1, 1, 1), tensor(new[] { 0.7 }, [1, 1, 1, 1]), set);

        // Δ = b + 0.7 c + bc, with E b = 0.1, E b² = 0.01 + 0.16 / 12, E c = 0 and E c² = 0.16 / 12.
        double brightness = 0.01 + (0.16 / 12), contrast = 0.16 / 12;
        var deviation = brightness + (0.49 * contrast) + (brightness * contrast) + (1.4 * 0.1 * contrast);
        var layer = measurement.Layers.Single();
        Assert.That(layer.Bias.Numbers()[0], Is.EqualTo(0.1).Within(1e-7));
        Assert.That(layer.SquaredBias.Numbers()[0], Is.EqualTo(0.01).Within(1e-8));
        Assert.That(layer.Deviation.Numbers()[0], Is.EqualTo(deviation).Within(1e-8));
        Assert.That(layer.DeviationEstimates![0].SamplingError, Is.NaN);
    }

    [Test]
    public void EveryNodeOfABranchedNetworkCanBeMeasured()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var images = stack([random.Image(), random.Image()]);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.3)).WithoutClip();
        using var measurement = new SampledUsnMetric(6).Measure(graph, images, set, graph.Nodes);
        Assert.That(measurement.Layers.Select(layer => layer.Node), Is.EqualTo(graph.Nodes));
        Assert.That(measurement.Layers.Select(layer => layer.Deviation.shape), Is.EqualTo(graph.Nodes.Select(node => node.Shape)));

        // The input moves by θ itself, whose squares have a mean of 0.01 + 0.16 / 12.
        Assert.That(measurement[graph.Input].Deviation.Numbers(), Is.All.EqualTo(0.0233).Within(0.01));
        using var alone = new SampledUsnMetric(6).Measure(graph, images, set, [graph.Output]);
        Assert.That(alone.Layers.Single().Deviation.Numbers(), Is.EqualTo(measurement[graph.Output].Deviation.Numbers()));
    }

    [Test]
    public void DeviationIsSquaredBiasPlusVarianceAveragedOverPositions()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()));
        using var measurement = new SampledUsnMetric(5).Measure(
            Graph.Of(network, 1, 3, 3),
            rand(2, 1, 3, 3),
            SemanticSet.Of(new Contrast(-0.2, 0.3)));
        var layer = measurement.Layers.Single();
        double[] squared = layer.SquaredBias.Numbers(), variance = layer.Variance.Numbers(), natural = layer.NaturalVariance.Numbers();
        Assert.That(layer.Deviation.Numbers(), Is.EqualTo(squared.Zip(variance, (b, v) => b + v)).Within(1e-6));
        Assert.That(
            layer.ChannelDeviation(),
            Is.EqualTo(layer.Deviation.Numbers().Chunk(4).Select(channel => channel.Average())).Within(1e-6));
        Assert.That(layer.ChannelNaturalVariance(), Is.EqualTo(natural.Chunk(4).Select(channel => channel.Average())).Within(1e-6));
    }

    [Test]
    public void ThePointsAreInTheBoxAndEvenlySpread()
    {
        var points = LowDiscrepancySequence.Points(new ParameterBox([-1, 2], [1, 6]), 256);
        Assert.That(
            points.Select(point => ((int)((point[0] + 1) * 2), (int)(point[1] - 2))).GroupBy(cell => cell).Select(cell => cell.Count()),
            Has.Exactly(16).InRange(12, 20));
    }

    [Test]
    public void MemoryGrowsNeitherWithImagesNorWithSamples()
    {
        using var convolution = nn.Conv2d(1, 2, 2L);
        using var network = nn.Sequential(("conv", convolution), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 3, 3);
        var set = SemanticSet.Of(new Contrast(-0.2, 0.3));
        var (mostTensors, mostImages) = (0L, 0L);
        convolution.register_forward_hook((_, _, output) =>
        {
            (mostTensors, mostImages) = (Math.Max(mostTensors, Tensor.TotalCount), Math.Max(mostImages, output.shape[0]));
            return output;
        });
        using var few = rand(2, 1, 3, 3);
        using var many = rand(60, 1, 3, 3);
        new SampledUsnMetric(70).Measure(graph, few, set).Dispose();
        var before = mostTensors;
        Assert.That(LiveTensors.Growth(1, () => new SampledUsnMetric(900).Measure(graph, many, set).Dispose()), Is.LessThanOrEqualTo(0));
        Assert.That(mostTensors, Is.LessThanOrEqualTo(before + 2));
        Assert.That(mostImages, Is.EqualTo(65));
    }

    [Test]
    public void NothingIsLeftBehindWhereItIsStopped()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 3, 3);
        using var images = rand(3, 1, 3, 3);
        images[2].fill_(2);
        Assert.That(
            LiveTensors.Growth(
                3,
                () =>
                    Assert.That(
                        () => new SampledUsnMetric(3).Measure(graph, images, SemanticSet.Of(new Contrast(-0.2, 0.3))),
                        Throws.ArgumentException)),
            Is.LessThanOrEqualTo(0));
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
        Assert.That(() => new SampledUsnMetric(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SampledUsnMetric.GaussLegendre(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SampledUsnMetric().Measure(graph, image, set), Throws.ArgumentException);
        Assert.That(() => new SampledUsnMetric().Measure(graph, none, set), Throws.ArgumentException);
        Assert.That(() => new SampledUsnMetric().Measure(graph, wide, set), Throws.TypeOf<GraphException>());
        Assert.That(
            () => new SampledUsnMetric().Measure(graph, images, set, new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
        using var measurement = new SampledUsnMetric().Measure(graph, images, set);
        Assert.That(
            () => new SampledUsnMetric().Measure(graph, images, set, [Graph.Of(network, 1, 3, 3).Input]),
            Throws.TypeOf<GraphException>());
        Assert.That(() => measurement[graph.Input], Throws.TypeOf<GraphException>());
        Assert.That(measurement[graph.Nodes[1]], Is.SameAs(measurement.Layers[0]));
    }
}
