using RobustPruning.Pruning;

namespace RobustPruning.Training;

/// <summary>How <see cref="ProgressivePruning"/> trains and prunes.</summary>
public sealed record ProgressivePruningOptions
{
    /// <summary>The pruning ratio: the share of the original network to remove in the end, measured as <see cref="Pruning"/> says. Default 0.5; in [0, 1). 0 trains without pruning.</summary>
    public double TargetRatio { get; init; } = 0.5;

    /// <summary>In how many cuts of equal size. Default 2; at least 1.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Epochs before the first cut. Default 10; at least 0.</summary>
    public int InitialEpochs { get; init; } = 10;

    /// <summary>Epochs of fine-tuning after each cut. Default 5; at least 0.</summary>
    public int EpochsPerRound { get; init; } = 5;

    /// <summary>Which channels leave. Default: lowest USN, as a rank sum with Taylor importance.</summary>
    public IPruningPolicy Policy { get; init; } = new LowestUsnPolicy();

    /// <summary>
    /// What each cut may touch, and which channels compete. Its <see cref="PruningOptions.Ratio"/> and <see cref="PruningOptions.Original"/>
    /// are replaced by the round's ratio and the network's first size.
    /// </summary>
    public PruningOptions Pruning { get; init; } = new();

    /// <summary>
    /// The weight λ of the Wasserstein loss, relative to the task loss: at every step the term counts λ times as much. Default 1; not
    /// negative, 0 turns it off.
    /// </summary>
    public double WassersteinWeight { get; init; } = 1;

    /// <summary>
    /// The share of all epochs over which λ grows from 0 to its full value: the network learns its task first. Default 0.5; in [0, 1].
    /// </summary>
    public double WassersteinWarmup { get; init; } = 0.5;

    /// <summary>The Wasserstein loss's own options; its <see cref="WassersteinLossOptions.RatioToCome"/> is replaced by the next cut's, in each round.</summary>
    public WassersteinLossOptions Wasserstein { get; init; } = new();

    /// <summary>Perturbed copies of each image in a step (robust augmentation). Default 1; at least 0, and at least 1 with the Wasserstein loss.</summary>
    public int AugmentedCopies { get; init; } = 1;

    /// <summary>Images in a step. Default 32; at least 1.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's first learning rate; it falls to a twentieth along a cosine over all epochs. Default 0.001; positive.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How many training images, from the first on, the policy measures on. Default 64; at least 1.</summary>
    public int CalibrationImages { get; init; } = 64;

    /// <summary>Pruning stops before a round whose mean error on the validation data, in pixels, is above this. Default: no limit.</summary>
    public double ErrorLimit { get; init; } = double.PositiveInfinity;

    /// <summary>The seed of the order of images and of the drawn parameter values. Default 0.</summary>
    public int Seed { get; init; }

    internal int TotalEpochs => InitialEpochs + (TargetRatio > 0 ? Rounds * EpochsPerRound : 0);

    internal void Validate()
    {
        PruningOptions.RequireRatio(TargetRatio);
        ArgumentOutOfRangeException.ThrowIfLessThan(Rounds, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(InitialEpochs);
        ArgumentOutOfRangeException.ThrowIfNegative(EpochsPerRound);
        ArgumentNullException.ThrowIfNull(Policy);
        ArgumentNullException.ThrowIfNull(Pruning);
        Pruning.Validate();
        ArgumentNullException.ThrowIfNull(Wasserstein);
        Wasserstein.Validate();
        if (!(WassersteinWeight >= 0) || double.IsInfinity(WassersteinWeight))
            throw new ArgumentOutOfRangeException(nameof(WassersteinWeight), WassersteinWeight, "The weight must be finite and not negative.");
        if (!(WassersteinWarmup >= 0 && WassersteinWarmup <= 1))
            throw new ArgumentOutOfRangeException(nameof(WassersteinWarmup), WassersteinWarmup, "The warm-up must be in [0, 1].");
        ArgumentOutOfRangeException.ThrowIfLessThan(AugmentedCopies, WassersteinWeight > 0 ? 1 : 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (!(LearningRate > 0) || double.IsInfinity(LearningRate))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, "The learning rate must be positive and finite.");
        ArgumentOutOfRangeException.ThrowIfLessThan(CalibrationImages, 1);
        if (!(ErrorLimit > 0))
            throw new ArgumentOutOfRangeException(nameof(ErrorLimit), ErrorLimit, "The error limit must be positive.");
    }
}
