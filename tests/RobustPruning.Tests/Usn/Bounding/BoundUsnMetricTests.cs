using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Usn.Bounding;

public sealed class BoundUsnMetricTests
{
    [Test]
    public void NoSampledValueIsAboveTheBoundAtAnyNode()
    {
        var first = TestEnvironment.FreshSeed();
        for (var round = 0; round < 8; round++)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var seed = unchecked(first + round);
            var random = new RandomNetworks(seed);
            using var network = random.Network();
            network.to(float64);
            var graph = Graph.Of(network, random.Shape);
            var set = random.Set();
            var images = stack([random.Image(), random.Image()]).to(float64);
            var cells = set.Dimension > 2 ? 1 : 3;
            using var bound = new BoundUsnMetric(new SymbolBudget(round % 3 * 20), cells).Measure(graph, images, set, graph.Nodes);

            // As many θ in each cell: what is bounded on average over cells is that mean.
            var draws = new Random(seed);
            IReadOnlyList<double[]> thetas =
            [
                .. set.Box.Grid(cells).SelectMany(cell => cell.Corners().Concat(cell.Sample(3, draws))).Select(set.Project),
            ];
            foreach (var layer in bound.Layers)
            {
                using var inner = NewDisposeScope();
                Tensor deviation = zeros_like(layer.Deviation),
                    squaredBias = zeros_like(layer.Deviation),
                    furthest = zeros_like(layer.Deviation);
                for (var n = 0; n < 2; n++)
                {
                    var values = graph.Run(cat([images[n].unsqueeze(0), set.Apply(images[n], thetas)], 0), [layer.Node])[layer.Node];
                    var moved = values.narrow(0, 1, thetas.Count) - values[0];
                    deviation = deviation + (moved.square().mean([0]) / 2);
                    squaredBias = squaredBias + (moved.mean([0]).square() / 2);
                    furthest = furthest + (moved.abs().amax(0) / 2);
                }

                Assert.That(layer.IsUpperBound, Is.True);
                RequireAbove(layer.Deviation, deviation);
                RequireAbove(layer.SquaredBias, squaredBias);
                RequireAbove(layer.Variance, deviation - squaredBias);
                if (cells == 1)
                    RequireAbove(layer.Deviation, furthest.square());

                void RequireAbove(Tensor most, Tensor sampled) => Assert.That(
                    (sampled - (most * (1 + 1e-9))).max().item<double>(), Is.LessThanOrEqualTo(1e-12), $"{layer.Node}, {set}");
            }
        }
    }

    [Test]
    public void CellsNearTheDeviationItself()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[-2]], 1)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 1, 1);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.3)).WithoutClip();
        var images = full([1, 1, 1, 1], 0.5);

        // Δ = −2b: at worst 0.6; in quarters of the box at worst 0.2, 0.2, 0.4 and 0.6.
        var worst = Measure(1);
        Assert.That(worst.Deviation.Numbers()[0], Is.EqualTo(0.36).Within(1e-6));
        Assert.That(worst.SquaredBias.Numbers()[0], Is.EqualTo(0.36).Within(1e-6));
        Assert.That(worst.Variance.Numbers()[0], Is.EqualTo(0.16).Within(1e-6));
        Assert.That(worst.Bias.Numbers()[0], Is.EqualTo(-0.6).Within(1e-6));
        Assert.That(Measure(4).Deviation.Numbers()[0], Is.EqualTo((0.04 + 0.04 + 0.16 + 0.36) / 4).Within(1e-6));
        Assert.That(Measure(200).Deviation.Numbers()[0], Is.EqualTo(4 * (0.01 + (0.16 / 12))).Within(2e-3));

        LayerUsn Measure(int cells) => new BoundUsnMetric(SymbolBudget.All, cells).Measure(graph, images, set).Layers.Single();
    }

    [Test]
    public void WhereNotEveryParameterIsAdmissibleTheWorstCellCounts()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[1]], 0)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 1, 1);
        var images = full([1, 1, 1, 1], 0.5);

        // Weights t and s with t + s up to 1 move the image by (t + s) / 2; the cells that reach that sum reach 1.2. The mean is far lower.
        var set = SemanticSet.Of(new ConvexHull(ones(1, 1, 1), ones(1, 1, 1))).WithoutClip();
        using var measurement = new BoundUsnMetric(SymbolBudget.All, 10).Measure(graph, images, set);
        Assert.That(measurement.Layers.Single().Deviation.Numbers()[0], Is.InRange(0.25, 0.3601));
    }

    [Test]
    public void NaturalVarianceIsThatOfTheCleanValues()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var images = stack([random.Image(), random.Image(), random.Image()]);
        var set = SemanticSet.Of(new Brightness(-0.01, 0.01));
        using var bound = new BoundUsnMetric().Measure(graph, images, set);
        using var sampled = new SampledUsnMetric(2).Measure(graph, images, set);
        foreach (var layer in bound.Layers)
        {
            var natural = sampled[layer.Node].NaturalVariance.Numbers();
            Assert.That(layer.NaturalVariance.Numbers(), Is.EqualTo(natural).Within(1e-4 * (1 + natural.Max())));
        }
    }

    [Test]
    public void NothingIsLeftBehindAndWhatCannotBeMeasuredIsRefused()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("relu", nn.ReLU()));
        var graph = Graph.Of(network, 1, 3, 3);
        using var images = rand(2, 1, 3, 3);
        using var image = rand(1, 3, 3);
        var set = SemanticSet.Of(new Contrast(-0.2, 0.3));
        Assert.That(
            LiveTensors.Growth(3, () => new BoundUsnMetric(cellsPerParameter: 3).Measure(graph, images, set, graph.Nodes).Dispose()),
            Is.LessThanOrEqualTo(0));
        Assert.That(() => new BoundUsnMetric(cellsPerParameter: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BoundUsnMetric().Measure(graph, image, set), Throws.ArgumentException);
        Assert.That(
            () => new BoundUsnMetric().Measure(graph, images, set, [Graph.Of(network, 1, 3, 3).Input]),
            Throws.TypeOf<GraphException>());
        Assert.That(
            () => new BoundUsnMetric().Measure(graph, images, set, new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }
}
