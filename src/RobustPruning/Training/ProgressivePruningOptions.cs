using RobustPruning.Pruning;

namespace RobustPruning.Training;

/// <summary>How <see cref="ProgressivePruning"/> trains and prunes.</summary>
public sealed record ProgressivePruningOptions
{
    /// <summary>
    /// The pruning ratio: the share of the original network to remove in the end, measured as <see cref="Pruning"/> says. Default 0.5; in
    /// [0, 1). 0 trains without pruning.
    /// </summary>
    public double TargetRatio { get; init; } = 0.5;

    /// <summary>In how many cuts. Default 2; at least 1.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>How the ratio grows from cut to cut. Default: by equal steps.</summary>
    public PruningSchedule Schedule { get; init; } = PruningSchedule.Linear;

    /// <summary>
    /// A schedule of your own: the ratio after each cut, as many as <see cref="Rounds"/>, in [0, 1), never going down, the last one
    /// <see cref="TargetRatio"/>. Default null: <see cref="Schedule"/> says.
    /// </summary>
    public IReadOnlyList<double>? Ratios { get; init; }

    /// <summary>Epochs before the first cut. Default 10; at least 0.</summary>
    public int InitialEpochs { get; init; } = 10;

    /// <summary>Epochs of fine-tuning after each cut. Default 5; at least 0.</summary>
    public int EpochsPerRound { get; init; } = 5;

    /// <summary>Which channels leave. Default: the least Taylor importance times relative USN, sampled.</summary>
    public IPruningPolicy Policy { get; init; } = new LowestUsnPolicy();

    /// <summary>
    /// What each cut may touch, and which channels compete. Its <see cref="PruningOptions.Ratio"/> and
    /// <see cref="PruningOptions.Original"/> are replaced by the round's ratio and the network's first size.
    /// </summary>
    public PruningOptions Pruning { get; init; } = new();

    /// <summary>
    /// All that is trained for: the task, and any other terms. Default: <see cref="SampledLoss"/>, robust augmentation with
    /// <see cref="AugmentedCopies"/>, to which the Wasserstein loss is added; another loss is trained as it is, see
    /// <see cref="WassersteinWeight"/>.
    /// </summary>
    public TrainingLoss Loss { get; init; } = new SampledLoss();

    /// <summary>
    /// The task of a network that gives heatmaps, and how keypoints are read off them: the task loss, the measure of errors, and what
    /// policies look at; and <see cref="Loss"/> where that is a <see cref="SampledLoss"/>. Default null: the network gives coordinates.
    /// </summary>
    public HeatmapLoss? Heatmaps { get; init; }

    /// <summary>
    /// The weight λ of the Wasserstein loss, relative to the task loss: at every step the term counts λ times as much, beside
    /// <see cref="Loss"/>. Default null: 1 where that is a <see cref="SampledLoss"/>, and 0 beside any other loss, which says itself what
    /// it is made of. Not negative; 0 turns it off.
    /// </summary>
    public double? WassersteinWeight { get; init; }

    /// <summary>
    /// The share of all epochs over which λ grows from 0 to its full value: the network learns its task first. Default 0.5; in [0, 1].
    /// </summary>
    public double WassersteinWarmup { get; init; } = 0.5;

    /// <summary>
    /// The Wasserstein loss's own options; its <see cref="WassersteinLossOptions.RatioToCome"/> is replaced by the next cut's, in each
    /// round.
    /// </summary>
    public WassersteinLossOptions Wasserstein { get; init; } = new();

    /// <summary>The weight that <see cref="WassersteinWeight"/> comes to.</summary>
    internal double Lambda => WassersteinWeight ?? (Loss is SampledLoss ? 1 : 0);

    /// <summary>
    /// Perturbed copies of each image in a step (robust augmentation). Default 1; at least 0, and at least 1 with the Wasserstein loss.
    /// </summary>
    public int AugmentedCopies { get; init; } = 1;

    /// <summary>
    /// Images in a step, or all training images where there are fewer. Default 32; at least 1, at least 2 with the Wasserstein loss.
    /// </summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's first learning rate. Default 0.001; positive.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the learning rate falls. Default: to a twentieth along a cosine over all epochs.</summary>
    public LearningRateSchedule LearningRates { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>How many training images, from the first on, the policy measures on. Default 64; at least 1.</summary>
    public int CalibrationImages { get; init; } = 64;

    /// <summary>
    /// Pruning stops before a round whose mean error on the validation data, in pixels, is above this. Default: no limit.
    /// </summary>
    public double ErrorLimit { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// A folder to keep a checkpoint in after every epoch; made if need be. A run that finds one of its own there goes on from it, to the
    /// same weights, bit for bit on the same machine. Default null: none.
    /// </summary>
    public string? Checkpoints { get; init; }

    /// <summary>The seed of the order of images and of the drawn parameter values. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>The cuts that there will be.</summary>
    internal int Cuts => TargetRatio > 0 ? Rounds : 0;

    /// <summary>The share of the original network that is gone after a round; 0 before the first cut.</summary>
    internal double RatioAt(int round) => round == 0 ? 0 : Ratios?[round - 1] ?? Schedule switch
    {
        PruningSchedule.OneShot => TargetRatio,
        PruningSchedule.Cubic => TargetRatio * (1 - Math.Pow(1 - ((double)round / Rounds), 3)),
        _ => TargetRatio * round / Rounds,
    };

    /// <summary>The share of what there is that the next cut removes; 0 after the last.</summary>
    internal double RatioToCome(int round) => round >= Cuts ? 0 : (RatioAt(round + 1) - RatioAt(round)) / (1 - RatioAt(round));

    /// <summary>Epochs of a round.</summary>
    internal int EpochsIn(int round) => round == 0 ? InitialEpochs : EpochsPerRound;

    internal int TotalEpochs => InitialEpochs + (Cuts * EpochsPerRound);

    /// <summary>The Wasserstein loss compares images with each other.</summary>
    internal static int LeastBatch(double lambda) => lambda > 0 ? 2 : 1;

    internal void Validate()
    {
        PruningOptions.RequireRatio(TargetRatio);
        ArgumentOutOfRangeException.ThrowIfLessThan(Rounds, 1);
        if (!Enum.IsDefined(Schedule))
            throw new ArgumentOutOfRangeException(nameof(Schedule), Schedule, "There is no such schedule.");
        if (!Enum.IsDefined(LearningRates))
            throw new ArgumentOutOfRangeException(nameof(LearningRates), LearningRates, "There is no such schedule.");
        RequireRatios();
        ArgumentOutOfRangeException.ThrowIfNegative(InitialEpochs);
        ArgumentOutOfRangeException.ThrowIfNegative(EpochsPerRound);
        ArgumentNullException.ThrowIfNull(Policy);
        ArgumentNullException.ThrowIfNull(Pruning);
        Pruning.Validate();
        ArgumentNullException.ThrowIfNull(Loss);
        ArgumentNullException.ThrowIfNull(Wasserstein);
        Wasserstein.Validate();
        if (!(Lambda >= 0) || double.IsInfinity(Lambda))
            throw new ArgumentOutOfRangeException(
                nameof(WassersteinWeight),
                WassersteinWeight,
                "The weight must be finite and not negative.");
        if (!(WassersteinWarmup >= 0 && WassersteinWarmup <= 1))
            throw new ArgumentOutOfRangeException(nameof(WassersteinWarmup), WassersteinWarmup, "The warm-up must be in [0, 1].");
        ArgumentOutOfRangeException.ThrowIfLessThan(AugmentedCopies, Lambda > 0 ? 1 : 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, LeastBatch(Lambda));
        if (!(LearningRate > 0) || double.IsInfinity(LearningRate))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, "The learning rate must be positive and finite.");
        ArgumentOutOfRangeException.ThrowIfLessThan(CalibrationImages, 1);
        if (!(ErrorLimit > 0))
            throw new ArgumentOutOfRangeException(nameof(ErrorLimit), ErrorLimit, "The error limit must be positive.");
    }

    private void RequireRatios()
    {
        if (Ratios is null)
            return;
        if (Ratios.Count != Rounds)
            throw new ArgumentOutOfRangeException(nameof(Ratios), Ratios.Count, $"There are {Ratios.Count} ratios for {Rounds} rounds.");
        for (var round = 0; round < Ratios.Count; round++)
        {
            PruningOptions.RequireRatio(Ratios[round]);
            if (round > 0 && Ratios[round] < Ratios[round - 1])
                throw new ArgumentOutOfRangeException(
                    nameof(Ratios),
                    Ratios[round],
                    $"The ratio goes down from {Ratios[round - 1]} at round {round + 1}: channels do not come back.");
        }

        if (Ratios[^1] != TargetRatio)
            throw new ArgumentOutOfRangeException(nameof(Ratios), Ratios[^1], $"The last ratio is not the target ratio {TargetRatio}.");
    }
}
