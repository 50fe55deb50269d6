using RobustPruning.Bounds;
using RobustPruning.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// The greatest <see cref="KeypointLoss.MeanSquared"/> that bounds over the set allow, so no less than any sampled loss: certified
/// training. Batch normalisation counts in evaluation mode. Bounds over the full box are loose before a network is trained for them, so the
/// box grows: from a thousandth of the set to all of it, in proportion to the training's progress. Immutable and thread-safe.
/// </summary>
public sealed class CertifiedLoss : TrainingLoss
{
    private const double LeastShare = 1e-3;

    private readonly double _warmup;
    private readonly IBoundPropagator _propagator;
    private readonly HeatmapDecoder? _decoder;

    /// <summary>Creates the loss.</summary>
    /// <param name="warmup">The share of the training over which the box grows; in [0, 1], 0 has the full box from the start.</param>
    /// <param name="propagator">
    /// The domain, differentiable in the weights; <see cref="SemanticIntervalPropagator.ForTraining"/> if null.
    /// </param>
    /// <param name="decoder">
    /// For a network that gives heatmaps, the soft arg max that reads them; null for one that gives coordinates.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="warmup"/> is not in [0, 1].</exception>
    /// <exception cref="ArgumentException">The decoder is no soft arg max: an arg max moves in steps, which have no gradient.</exception>
    public CertifiedLoss(double warmup = 0.5, IBoundPropagator? propagator = null, HeatmapDecoder? decoder = null)
    {
        if (decoder is not (null or { Decoding: HeatmapDecoding.SoftArgMax }))
            throw new ArgumentException($"The decoder is an {decoder}; certified training needs a soft arg max.", nameof(decoder));
        _decoder = decoder;
        _warmup =
            warmup >= 0 && warmup <= 1
                ? warmup
                : throw new ArgumentOutOfRangeException(nameof(warmup), warmup, "The warm-up is in [0, 1].");
        _propagator = propagator ?? SemanticIntervalPropagator.ForTraining;
    }

    /// <summary>The share of the set's ranges that is bounded when a share of the training is over.</summary>
    internal double Share(double progress) => _warmup == 0 ? 1 : Math.Clamp(progress / _warmup, LeastShare, 1);

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"certified ({_propagator.Name}, warmed up over {_warmup:r}{(_decoder is null ? string.Empty : $", {_decoder}")})");

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch)
    {
        var labels = batch.RequireLabels();
        var share = Share(batch.Progress);
        var output = batch.Bounds(_propagator, share).Output;
        var (lower, upper) = _decoder is null
            ? (output.Lower.flatten(1), output.Upper.flatten(1))
            : SoftPositions.Bounds(_decoder, output.Lower.flatten(1), output.Upper.flatten(1));
        if (batch.LabelMoves(share) is var (least, most))
            (lower, upper) = (lower - most, upper - least);
        return KeypointLoss.WorstSquared(lower, upper, labels, batch.Images.shape[2], batch.Images.shape[3]);
    }
}
