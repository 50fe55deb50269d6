using System.Globalization;

namespace RobustPruning.Training;

/// <summary>Where a run of <see cref="ProgressivePruning"/> is.</summary>
/// <param name="Round">0 before the first cut, then the number of cuts made.</param>
/// <param name="Epoch">Epochs finished, over all rounds.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Loss">The mean task loss of the last epoch: squared error in units of half the image's size.</param>
public sealed record TrainingProgress(int Round, int Epoch, int Epochs, double Loss)
{
    /// <summary>For example <c>round 1, epoch 12 of 20: loss 0.0123</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"round {Round}, epoch {Epoch} of {Epochs}: loss {Loss:g3}");
}
