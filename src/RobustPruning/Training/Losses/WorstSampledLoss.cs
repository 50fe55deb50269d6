using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// <see cref="KeypointLoss.MeanSquared"/> of each image at the worst of its sampled parameters, no change among them: all coordinates of
/// an image at the same θ. Immutable and thread-safe.
/// </summary>
public sealed class WorstSampledLoss : TrainingLoss
{
    /// <inheritdoc/>
    public override string ToString() => "worst sampled";

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch) =>
        batch.SquaredErrors().sum([2]).amax([0]).sum() / KeypointLoss.Labelled(batch.RequireLabels());
}
