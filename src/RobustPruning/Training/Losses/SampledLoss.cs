using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// Robust augmentation: <see cref="KeypointLoss.MeanSquared"/> over the clean images and their copies under sampled parameters. With no
/// samples it is plain training. Immutable and thread-safe.
/// </summary>
public sealed class SampledLoss : TrainingLoss
{
    /// <inheritdoc/>
    public override string ToString() => "sampled";

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch) =>
        batch.SquaredErrors().sum() / (KeypointLoss.Labelled(batch.RequireLabels()) * Scalars.Of(batch.Samples + 1));
}
