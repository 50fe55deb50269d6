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
        var missing = labels.isnan();
        var scale = tensor(new[] { 2f / width, 2f / height }, device: outputs.device).repeat(labels.shape[1] / 2);
        var errors = (outputs - where(missing, outputs.detach(), labels)) * scale;
        var labelled = missing.logical_not().sum().clamp_min(1);
        return (errors.square().sum() / labelled).MoveToOuterDisposeScope();
    }

    /// <summary>The mean Euclidean distance of prediction and label over the labelled keypoints, in pixels; NaN if there are none, or a prediction is NaN.</summary>
    /// <param name="outputs">Predictions in pixels, <c>[B, 2K]</c>.</param>
    /// <param name="labels">Labels in pixels, <c>[B, 2K]</c>, NaN where missing.</param>
    public static double MeanError(Tensor outputs, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var distances = (outputs - labels).to(float64).reshape(-1, 2).square().sum(1).sqrt();
        var unlabelled = labels.isnan().reshape(-1, 2).any(1);
        return distances.masked_select(unlabelled.logical_not()).mean().item<double>();
    }
}
