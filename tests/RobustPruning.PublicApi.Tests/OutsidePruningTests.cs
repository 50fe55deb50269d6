using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Training;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>A metric, a policy and a loss of a user's own, in the pipeline.</summary>
public sealed class OutsidePruningTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.1, 0.1));

    [Test]
    public void AMetricOfOnesOwnRanksChannels()
    {
        using var network = OutsideNetworks.Smooth();
        network.eval();
        using var images = rand(4, 2, 6, 6);
        var metric = new CornerMetric();
        using (var measured = metric.Measure(network.Graph, images, Light))
        using (var sampled = new SampledUsnMetric().Measure(network.Graph, images, Light))
        {
            Assert.That(measured.Layers.Select(layer => layer.Node), Is.EqualTo(network.Graph.PreActivations));

            // At the corners values move farther than on average.
            var first = network.Graph.PreActivations.First();
            Assert.That(measured[first].ChannelDeviation().Sum(), Is.GreaterThan(sampled[first].ChannelDeviation().Sum()));
        }

        var context = new PruningContext(network.Graph, images, Light, (outputs, _) => outputs.square().mean());
        var plan = PruningPlan.Create(context, new LowestUsnPolicy(UsnRanking.Relative, metric), new PruningOptions { Ratio = 0.5 });
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        Assert.That(pruned.Graph.Parameters, Is.LessThan(network.Graph.Parameters));
    }

    [Test]
    public void APolicyOfOnesOwnSaysWhichChannelsLeave()
    {
        using var network = OutsideNetworks.Smooth();
        using var images = rand(4, 2, 6, 6);
        var context = new PruningContext(network.Graph, images, Light, (outputs, _) => outputs.square().mean());
        var plan = PruningPlan.Create(context, new LastFirst(), new PruningOptions { Ratio = 0.5 });
        foreach (var (group, removed) in plan.Removed)
            Assert.That(removed, Is.EqualTo(Enumerable.Range(group.Width - removed.Count, removed.Count)), group.Name);
        Assert.That(plan.Removed.Sum(entry => entry.Value.Count), Is.Positive);
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        Assert.That(pruned.forward(images).shape, Is.EqualTo(new long[] { 4, 4 }));
    }

    [Test]
    public async Task ALossOfOnesOwnTrainsInThePipeline()
    {
        using var network = OutsideNetworks.Smooth();
        using var data = BrightSpots(24);
        var before = KeypointEvaluation.MeanError(network.Graph, data);
        var report = await new ProgressivePruning(network, Light, new()
        {
            Loss = new MeanAbsoluteError(), Policy = new LastFirst(), InitialEpochs = 30, EpochsPerRound = 10, Rounds = 1,
            TargetRatio = 0.25, BatchSize = 8, LearningRate = 0.01,
        }).RunAsync(data);
        using var pruned = report.Network;
        Assert.That(report.Rounds[^1].Error, Is.LessThan(0.8 * before));
        Assert.That(report.Rounds[^1].Parameters, Is.LessThan(report.Rounds[0].Parameters), report.ToString());
    }

    /// <summary>Two keypoints on one bright pixel, everywhere on a dark image.</summary>
    private static KeypointData BrightSpots(int count)
    {
        var images = full([count, 2, 6, 6], 0.1);
        var labels = new float[count, 4];
        for (var n = 0; n < count; n++)
        {
            var (x, y) = (n % 6, n / 6 % 6);
            images[n].narrow(1, y, 1).narrow(2, x, 1).fill_(0.9);
            (labels[n, 0], labels[n, 1], labels[n, 2], labels[n, 3]) = (x, y, x, y);
        }

        return new KeypointData(images, tensor(labels));
    }

    /// <summary>
    /// How far each neuron moves between the ends of the box: deviation from the clean value, its mean square over the corners.
    /// </summary>
    private sealed class CornerMetric : IUsnMetric
    {
        public string Name => "corners";

        public UsnMeasurement Measure(
            Graph network, Tensor images, SemanticSet set, IReadOnlyCollection<GraphNode> nodes,
            CancellationToken cancellationToken = default)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var clean = network.Run(images, nodes);
            var corners = set.Box.Corners();
            var moved = corners.Select(corner =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                var theta = tensor(corner, [1, corner.Length], dtype: images.dtype).repeat(images.shape[0], 1);
                return network.Run(set.ApplyEach(images, theta), nodes);
            }).ToList();
            return new UsnMeasurement([.. nodes.Select(node =>
            {
                var moves = stack(moved.Select(values => values[node] - clean[node]));
                var bias = moves.mean([0]);
                return new LayerUsn(
                    node, Kept(bias.mean([0])), Kept(bias.square().mean([0])), Kept((moves - bias).square().mean([0]).mean([0])),
                    Kept((clean[node] - clean[node].mean([0])).square().mean([0])));
            })]);
        }

        private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
    }

    private sealed class LastFirst : IPruningPolicy
    {
        public string Name => "last first";

        public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default) =>
            context.Groups.ToDictionary(
                group => group,
                group => Enumerable.Range(0, group.Width).Select(channel => (double)-channel).ToArray());
    }

    private sealed class MeanAbsoluteError : TrainingLoss
    {
        protected override Tensor Evaluate(TrainingBatch batch) => (batch.Outputs - batch.LabelsOfCopies()).abs().mean();
    }
}
