using System.Globalization;
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
        ProgressBar.Run(title, tell =>
        {
            var progress = new DirectProgress<TrainingProgress>(at =>
            {
                tell((double)at.Epoch / at.Epochs);
                Output.Event("epoch", ("round", at.Round), ("epoch", at.Epoch), ("epochs", at.Epochs), ("loss", at.Loss));
                Output.Detail(string.Create(CultureInfo.InvariantCulture, $"epoch {at.Epoch} of {at.Epochs}, after {at.Round} cuts: loss {at.Loss:g4}"));
            });
            report = new ProgressivePruning(network, light, options)
                .RunAsync(training, heldBack, progress, cancellationToken).GetAwaiter().GetResult();
        });
        return report!;
    }
}
