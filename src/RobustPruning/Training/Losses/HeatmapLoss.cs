using RobustPruning.Certification;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>What heatmaps are trained to be.</summary>
public enum HeatmapTarget
{
    /// <summary>
    /// A Gaussian around the label, by the mean squared error over all cells, times 100 so that it is of the size of other losses.
    /// </summary>
    Gaussian,

    /// <summary>A distribution over cells, a Gaussian around the label, by cross-entropy with the softmax of the map.</summary>
    Distribution,

    /// <summary>A soft arg max at the label, by the mean squared error in units of half the image's size.</summary>
    Position,
}

/// <summary>
/// Robust augmentation of networks that give heatmaps: the loss of the maps over the clean images and their copies under sampled
/// parameters. Labels are keypoints in pixels; those that are missing count for nothing. Offsets, where the decoder has them, are trained
/// near the label by their mean squared error in cells. Immutable and thread-safe.
/// </summary>
public sealed class HeatmapLoss : TrainingLoss
{
    private const double OffsetReach = 1.5;
    private const double GaussianScale = 100;

    private readonly double _sigma;

    /// <summary>Creates the loss.</summary>
    /// <param name="decoder">How keypoints are read off the maps.</param>
    /// <param name="target">
    /// What the maps are to be; null for a position if the decoder is a soft arg max, otherwise a distribution.
    /// </param>
    /// <param name="sigma">The standard deviation of the Gaussian in cells; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The target is unknown, or sigma is not positive and finite.</exception>
    public HeatmapLoss(HeatmapDecoder decoder, HeatmapTarget? target = null, double sigma = 1)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        if (target is { } given && !Enum.IsDefined(given))
            throw new ArgumentOutOfRangeException(nameof(target), target, "Unknown target.");
        if (!(sigma > 0 && double.IsFinite(sigma)))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "Sigma is positive and finite.");
        (Decoder, _sigma) = (decoder, sigma);
        Target = target ?? (decoder.Decoding == HeatmapDecoding.SoftArgMax ? HeatmapTarget.Position : HeatmapTarget.Distribution);
    }

    /// <summary>How keypoints are read off the maps.</summary>
    public HeatmapDecoder Decoder { get; }

    /// <summary>What the maps are to be.</summary>
    public HeatmapTarget Target { get; }

    /// <summary>The loss of outputs; differentiable.</summary>
    /// <param name="outputs">What the network gives, <c>[B, ...]</c>.</param>
    /// <param name="labels">Labels in pixels, <c>[B, 2K]</c>, NaN where missing.</param>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    public Tensor Of(Tensor outputs, Tensor labels, long height, long width)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var values = outputs.flatten(1);
        if (Target == HeatmapTarget.Position && !Decoder.HasOffsets)
            return KeypointLoss.MeanSquared(SoftPositions.Of(Decoder, values), labels, height, width).MoveToOuterDisposeScope();
        var maps = CellMargins.Maps(Decoder, values);
        var known = labels.isnan().reshape(labels.shape[0], -1, 2).any(2).logical_not();
        var places = labels.nan_to_num(0).reshape(labels.shape[0], -1, 2, 1);
        var cells = SoftPositions.Places(Decoder, values);

        // Distances of cells from labels, in cells.
        var strides = tensor(new[] { Decoder.StrideX, Decoder.StrideY }, dtype: values.dtype, device: values.device).reshape(1, 1, 2, 1);
        var moved = (places - cells.unsqueeze(0).unsqueeze(0)) / strides;
        var gaussian = (moved.Squared().sum([2]) * Scalars.Of(-0.5 / (_sigma * _sigma))).exp();
        var count = known.sum().clamp_min(Scalars.Of(1));
        var weights = known.to(values.dtype);
        var loss = Target == HeatmapTarget.Gaussian
            ? ((maps - gaussian).Squared().mean([2]) * weights).sum() * Scalars.Of(GaussianScale) / count
            : -((maps.log_softmax(2) * gaussian).sum([2]) / gaussian.sum([2]).clamp_min(Scalars.Of(1e-6)) * weights).sum() / count;
        return (Decoder.HasOffsets ? loss.Plus(Offsets(values, moved * strides, weights, strides)) : loss).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"heatmaps ({Decoder}, {Target}, sigma {_sigma:r})");

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch)
    {
        var outputs = batch.Outputs.flatten(2).flatten(0, 1);
        return Of(outputs, batch.LabelsOfCopies().flatten(0, 1), batch.Images.shape[2], batch.Images.shape[3]);
    }

    /// <summary>The squared error of offsets, in cells, over the cells next to each label.</summary>
    private Tensor Offsets(Tensor values, Tensor moved, Tensor weights, Tensor strides)
    {
        var maps = Decoder.Keypoints * Decoder.Cells;
        var offsets = values.narrow(1, maps, 2 * maps).reshape(values.shape[0], Decoder.Keypoints, 2, -1) * Scalars.Of(Decoder.OffsetScale);
        var near = (moved / strides).abs().amax([2]).le(Scalars.Of(OffsetReach)).to(values.dtype) * weights.unsqueeze(2);
        return (((offsets - moved) / strides).Squared().sum([2]) * near).sum() / near.sum().clamp_min(Scalars.Of(1));
    }
}
