using KeypointRobustness.Runs;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Training;

namespace KeypointRobustness.Reproduction;

/// <summary>Trains one run of a comparison. All runs have the same budget: as many epochs over the same images.</summary>
internal static class MethodTraining
{
    /// <summary>Trains; goes on from the checkpoints if there are any.</summary>
    /// <param name="preset">The comparison.</param>
    /// <param name="run">The run.</param>
    /// <param name="data">The images.</param>
    /// <param name="checkpoints">The run's own folder.</param>
    /// <param name="progress">Told the share that is over, after each epoch.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>The network in evaluation mode, which the caller owns, and why its pruning stopped before the last cut, if it did.</returns>
    public static (GraphModule Network, string? Stopped) Train(
        ReproductionPreset preset, ReproductionRun run, ReproductionData data, string checkpoints, Action<double> progress, CancellationToken cancellationToken)
    {
        var start = Start(preset, run, data.Keypoints);
        var network = start;
        try
        {
            var options = Options(preset, run, data.Training.Count) with { Checkpoints = checkpoints };
            var report = new ProgressivePruning(start, preset.LightOf(run).Set, options)
                .RunAsync(data.Training, data.HeldBack, new DirectProgress<TrainingProgress>(at => progress((double)at.Epoch / at.Epochs)), cancellationToken)
                .GetAwaiter().GetResult();
            return (network = report.Network, report.Stopped);
        }
        catch
        {
            start.Dispose();
            throw;
        }
        finally
        {
            if (network != start)
                start.Dispose();
        }
    }

    /// <summary>The network to begin with, its weights fresh.</summary>
    public static GraphModule Start(ReproductionPreset preset, ReproductionRun run, int keypoints)
    {
        var fresh = Networks.Create(run.Network, new Cnn7Options(3, preset.Size, preset.Size, keypoints, preset.Width, Seed: run.Seed));
        if (MethodRow.Of(run.Row).Way != Way.FromScratch)
            return fresh;
        using (fresh)
            return SmallNetwork.Of(fresh, run.Ratio);
    }

    /// <summary>How a run trains and prunes.</summary>
    /// <param name="preset">The comparison.</param>
    /// <param name="run">The run.</param>
    /// <param name="images">The number of training images.</param>
    public static ProgressivePruningOptions Options(ReproductionPreset preset, ReproductionRun run, long images)
    {
        var row = MethodRow.Of(run.Row);
        var epochs = preset.Epochs(images);

        var tuning = row.IsPruned ? Math.Max(1, (int)Math.Round((1 - preset.FirstCut) * epochs / preset.Cuts)) : 0;
        var options = new ProgressivePruningOptions
        {
            TargetRatio = 0,
            Rounds = preset.Cuts,
            InitialEpochs = epochs - (preset.Cuts * tuning),
            EpochsPerRound = tuning,
            AugmentedCopies = row.Augmented ? preset.AugmentedCopies : 0,
            BatchSize = preset.BatchSize,
            LearningRate = preset.LearningRate,
            WassersteinWeight = row.Loss == AddedLoss.Wasserstein ? run.Weight : 0,
            WassersteinWarmup = preset.Warmup,
            Seed = run.Seed,
        };
        if (row.Loss == AddedLoss.RelaxationArea)
            options = options with { Loss = options.Loss.PlusRelative(new RelaxationAreaLoss(), run.Weight, preset.Warmup) };
        if (row.Loss == AddedLoss.Attribution)
            options = options with { Loss = options.Loss + (run.Weight * new RelaxationAttributionLoss()) };
        return row.IsPruned
            ? options with { TargetRatio = run.Ratio, Policy = row.Policy(run.Seed), Pruning = new() { Scope = row.Scope } }
            : options;
    }
}
