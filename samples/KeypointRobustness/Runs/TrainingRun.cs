using System.Globalization;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;

namespace KeypointRobustness.Runs;

/// <summary>Runs the library's pipeline with a progress bar.</summary>
internal static class TrainingRun
{
    /// <summary>Trains, and prunes if the options say so.</summary>
    /// <returns>The report, whose network the caller owns.</returns>
    public static PruningReport Run(
        string title,
        GraphModule network,
        SemanticSet light,
        ProgressivePruningOptions options,
        KeypointData training,
        KeypointData heldBack,
        CancellationToken cancellationToken)
    {
        PruningReport? report = null;
        ProgressBar.Run(title, tell => report = new ProgressivePruning(network, light, options)
            .RunAsync(training, heldBack, Told(tell), cancellationToken).GetAwaiter().GetResult());
        return report!;
    }

    /// <summary>Prunes until an image is decided in a given time.</summary>
    /// <returns>The report, whose network the caller owns.</returns>
    public static VerificationTimeReport RunToTime(
        GraphModule network,
        SemanticSet light,
        OutputProperty property,
        VerificationTimeOptions time,
        ProgressivePruningOptions options,
        KeypointData training,
        KeypointData heldBack,
        CancellationToken cancellationToken)
    {
        VerificationTimeReport? report = null;
        ProgressBar.Run("pruning to a time", tell => report = new VerificationTimePruning(network, light, property, time, options)
            .RunAsync(training, heldBack, Told(tell), cancellationToken).GetAwaiter().GetResult());
        return report!;
    }

    private static DirectProgress<TrainingProgress> Told(Action<double> tell) => new(at =>
    {
        tell((double)at.Epoch / at.Epochs);
        Output.Event("epoch", ("round", at.Round), ("epoch", at.Epoch), ("epochs", at.Epochs), ("loss", at.Loss));
        Output.Detail(
            string.Create(CultureInfo.InvariantCulture, $"epoch {at.Epoch} of {at.Epochs}, after {at.Round} cuts: loss {at.Loss:g4}"));
    });
}
