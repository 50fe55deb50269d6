using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// Gradient steps with robust augmentation: every batch holds the clean images and copies under drawn parameter values, and the
/// Wasserstein loss compares the two.
/// </summary>
internal sealed class Trainer(KeypointData data, SemanticSet set, ProgressivePruningOptions options)
{
    private readonly Random _random = new(options.Seed);
    private int _step;

    /// <summary>Steps in an epoch; the images left over by whole batches go into the last one.</summary>
    private int StepsPerEpoch => (int)Math.Max(1, data.Count / options.BatchSize);

    /// <summary>Trains one epoch and returns its mean loss.</summary>
    public double Epoch(GraphModule network, Adam optimizer, WassersteinLossOptions wasserstein, CancellationToken cancellationToken)
    {
        network.train();
        var order = Enumerable.Range(0, (int)data.Count).Select(index => (long)index).ToArray();
        _random.Shuffle(order);
        var sum = 0.0;
        for (var step = 0; step < StepsPerEpoch; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var first = step * options.BatchSize;
            var last = step == StepsPerEpoch - 1 ? order.Length : first + options.BatchSize;
            SetLearningRate(optimizer);
            sum += Step(network, optimizer, order[first..last], new WassersteinLoss(wasserstein));
        }

        return sum / StepsPerEpoch;
    }

    private double Step(GraphModule network, Adam optimizer, long[] batch, WassersteinLoss wasserstein)
    {
        using var scope = NewDisposeScope();
        var indices = tensor(batch);
        var clean = data.Images.index_select(0, indices);
        var labels = data.Labels.index_select(0, indices);
        var copies = options.AugmentedCopies;
        var images = cat([clean, .. Enumerable.Range(0, copies).Select(_ => Perturb(clean))], 0);

        var graph = network.Graph;
        GraphNode[] preActivations = options.WassersteinWeight > 0 ? [.. graph.PreActivations] : [];
        var values = graph.Run(images, [.. preActivations, graph.Output]);
        var loss = KeypointLoss.MeanSquared(values[graph.Output], labels.repeat(copies + 1, 1), graph.Input.Shape[1], graph.Input.Shape[2]);
        var task = loss.item<float>();
        if (preActivations.Length > 0)
            loss = loss + Scaled(WassersteinOf(wasserstein, preActivations, values, batch.Length), options.WassersteinWeight * Warmup() * task);

        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return task;
    }

    private static Tensor WassersteinOf(WassersteinLoss loss, GraphNode[] nodes, IReadOnlyDictionary<GraphNode, Tensor> values, long cleanImages) =>
        loss.Evaluate(
            nodes.ToDictionary(node => node, node => values[node].narrow(0, 0, cleanImages)),
            nodes.ToDictionary(node => node, node => values[node].narrow(0, cleanImages, values[node].shape[0] - cleanImages)));

    /// <summary>The term, rescaled so that its value is <paramref name="value"/> at this step.</summary>
    private static Tensor Scaled(Tensor term, double value) => term * (value / Math.Max(term.item<float>(), 1e-12));

    private Tensor Perturb(Tensor images)
    {
        var thetas = set.Box.Sample((int)images.shape[0], _random);
        return stack(thetas.Select((theta, index) => set.Apply(images[index], [set.Project(theta)]).squeeze(0)).ToArray());
    }

    /// <summary>The share of its full weight that the Wasserstein loss has at this step.</summary>
    private double Warmup() =>
        options.WassersteinWarmup == 0 ? 1 : Math.Min(1, _step / (options.WassersteinWarmup * StepsPerEpoch * Math.Max(1, options.TotalEpochs)));

    private void SetLearningRate(Adam optimizer)
    {
        var share = (double)_step++ / (StepsPerEpoch * Math.Max(1, options.TotalEpochs));
        var rate = options.LearningRate * (0.05 + (0.95 * (1 + Math.Cos(Math.PI * Math.Min(1, share))) / 2));
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }
}
