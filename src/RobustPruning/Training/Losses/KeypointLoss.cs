using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>The task loss and error of keypoint detectors. Missing labels (NaN) count for nothing.</summary>
public static class KeypointLoss
{
    /// <summary>The mean squared error over the labelled coordinates, in units of half the image's size; differentiable.</summary>
    /// <param name="outputs">Predictions in pixels, <c>[B, 2K]</c>.</param>
    /// <param name="labels">Labels in pixels, <c>[B, 2K]</c>, NaN where missing.</param>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    public static Tensor MeanSquared(Tensor outputs, Tensor labels, long height, long width)
    {
        using var scope = NewDisposeScope();
        return (SquaredErrors(outputs, labels, height, width).sum() / Labelled(labels)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The greatest that <see cref="MeanSquared"/> can be where each output may be anywhere between its limits; differentiable.
    /// </summary>
    /// <param name="lower">Lower limits of the predictions in pixels, <c>[B, 2K]</c>.</param>
    /// <param name="upper">Upper limits, <c>[B, 2K]</c>.</param>
    /// <param name="labels">Labels in pixels, <c>[B, 2K]</c>, NaN where missing.</param>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    public static Tensor WorstSquared(Tensor lower, Tensor upper, Tensor labels, long height, long width)
    {
        using var scope = NewDisposeScope();
        var worst = SquaredErrors(lower, labels, height, width).maximum(SquaredErrors(upper, labels, height, width));
        return (worst.sum() / Labelled(labels)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mean Euclidean distance of prediction and label over the labelled keypoints, in pixels; NaN if there are none, or a prediction
    /// is NaN.
    /// </summary>
    /// <param name="outputs">Predictions in pixels, <c>[B, 2K]</c>.</param>
    /// <param name="labels">Labels in pixels, <c>[B, 2K]</c>, NaN where missing.</param>
    public static double MeanError(Tensor outputs, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var distances = (outputs - labels).to(float64).reshape(-1, 2).Squared().sum(1).sqrt();
        var unlabelled = labels.isnan().reshape(-1, 2).any(1);
        return distances.masked_select(unlabelled.logical_not()).mean().item<double>();
    }

    /// <summary>
    /// Each coordinate's squared error in units of half the image's size, 0 where the label is missing: <c>[..., B, 2K]</c> for outputs of
    /// that shape.
    /// </summary>
    internal static Tensor SquaredErrors(Tensor outputs, Tensor labels, long height, long width)
    {
        using var scope = NewDisposeScope();
        var scale = tensor(new[] { 2.0 / width, 2.0 / height }, dtype: outputs.dtype, device: outputs.device).repeat(labels.shape[^1] / 2);
        return ((outputs - where(labels.isnan(), outputs.detach(), labels)) * scale).Squared().MoveToOuterDisposeScope();
    }

    /// <summary>The number of labelled coordinates, or 1 if there are none.</summary>
    internal static Tensor Labelled(Tensor labels)
    {
        using var scope = NewDisposeScope();
        return labels.isnan().logical_not().sum().clamp_min(Scalars.Of(1)).MoveToOuterDisposeScope();
    }
}
