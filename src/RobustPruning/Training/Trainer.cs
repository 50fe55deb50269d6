using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// Gradient steps. What an epoch draws depends on the seed and on its number alone, so that a run can go on from any epoch.
/// </summary>
internal sealed class Trainer(KeypointData data, SemanticSet set, ProgressivePruningOptions options)
{
    private readonly TrainingLoss _task = options.Heatmaps ?? (TrainingLoss)new SampledLoss();

    /// <summary>Steps in an epoch; the images left over by whole batches go into the last one.</summary>
    private int StepsPerEpoch => (int)(data.Count / options.BatchSize);

    /// <summary>Trains one epoch and returns its mean task loss over clean and perturbed images.</summary>
    public double Epoch(GraphModule network, Adam optimizer, EpochNumber number, CancellationToken cancellationToken)
    {
        network.train();
        var random = new Random(unchecked((options.Seed * 1_000_003) + number.Overall));
        var order = Enumerable.Range(0, (int)data.Count).Select(index => (long)index).ToArray();
        random.Shuffle(order);
        var wasserstein = options.Lambda > 0
            ? new WassersteinLoss(options.Wasserstein with { RatioToCome = options.RatioToCome(number.Round) }) : null;
        var sum = 0.0;
        for (var step = 0; step < StepsPerEpoch; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var first = step * options.BatchSize;
            var last = step == StepsPerEpoch - 1 ? order.Length : first + options.BatchSize;
            var within = (double)step / StepsPerEpoch;
            SetLearningRate(optimizer, number, within);
            sum += Step(network, optimizer, order[first..last], wasserstein, (number.Overall + within) / options.TotalEpochs, random);
        }

        return sum / StepsPerEpoch;
    }

    private double Step(GraphModule network, Adam optimizer, long[] batch, WassersteinLoss? wasserstein, double progress, Random random)
    {
        using var scope = NewDisposeScope();
        var indices = tensor(batch);
        var clean = data.Images.index_select(0, indices);
        var labels = data.Labels.index_select(0, indices);
        using var step = new TrainingBatch(network.Graph, clean, set, random, labels, options.AugmentedCopies, progress);
        var task = _task.Of(step);
        var loss = options.Loss is SampledLoss ? task : options.Loss.Of(step);
        if (wasserstein is not null)
            loss = loss + TrainingLoss.Relative(wasserstein.Of(step), task, options.Lambda * Warmup(progress));

        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return task.to(float64).item<double>();
    }

    /// <summary>The share of its full weight that the Wasserstein loss has.</summary>
    private double Warmup(double progress) => options.WassersteinWarmup == 0 ? 1 : Math.Min(1, progress / options.WassersteinWarmup);

    private void SetLearningRate(Adam optimizer, EpochNumber number, double within)
    {
        var share = options.LearningRates == LearningRateSchedule.CosinePerRound
            ? (number.InRound + within) / options.EpochsIn(number.Round) : (number.Overall + within) / options.TotalEpochs;
        var rate = options.LearningRates == LearningRateSchedule.Constant
            ? options.LearningRate : options.LearningRate * (0.05 + (0.95 * (1 + Math.Cos(Math.PI * share)) / 2));
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }
}
