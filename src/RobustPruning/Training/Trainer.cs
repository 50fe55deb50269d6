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
        using var step = new TrainingBatch(network.Graph, clean, set, _random, labels, options.AugmentedCopies);
        var task = new SampledLoss().Of(step);
        var loss = options.WassersteinWeight > 0
            ? task + TrainingLoss.Relative(wasserstein.Of(step), task, options.WassersteinWeight * Warmup())
            : task;

        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return task.item<float>();
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
