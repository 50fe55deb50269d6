using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>How much a <see cref="PruningPlan"/> removes, and what it may not touch.</summary>
public sealed record PruningOptions
{
    /// <summary>
    /// The pruning ratio: the share to remove. Default 0.5; in [0, 1). It is reached by the smallest number of steps, a step being a
    /// channel, or as many as <see cref="Multiple"/> demands.
    /// </summary>
    public double Ratio { get; init; } = 0.5;

    /// <summary>What the ratio is a share of. Default: channels.</summary>
    public PruningMeasure Measure { get; init; } = PruningMeasure.Channels;

    /// <summary>Which channels compete. Default: those of one group.</summary>
    public PruningScope Scope { get; init; } = PruningScope.PerGroup;

    /// <summary>How many channels a group keeps at least. Default 1; at least 1. A group that is narrower stays as it is.</summary>
    public int MinimumWidth { get; init; } = 1;

    /// <summary>
    /// The greatest share of its original channels that a group may lose. Default 1, no limit beside <see cref="MinimumWidth"/>; in [0, 1].
    /// </summary>
    public double MaximumRatio { get; init; } = 1;

    /// <summary>Groups that lose channels keep a multiple of this number, for hardware that wants it. Default 1; at least 1.</summary>
    public int Multiple { get; init; } = 1;

    /// <summary>
    /// Layers that stay as they are, their inputs too: names of nodes, or of composite modules, whose layers are <c>name.*</c>. Default:
    /// none.
    /// </summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Modules whose layers stay as they are, their inputs too. Default: none.</summary>
    public IReadOnlyList<nn.Module> ExcludedModules { get; init; } = [];

    /// <summary>
    /// What a channel must vary across clean images to count as carrying something: its natural variance, where it is read. Channels at or
    /// below it leave first, and a plan that leaves a pruned group with such channels alone is refused. Default 0: constant channels.
    /// Finite, not negative. Counts where a plan is made from a <see cref="PruningContext"/> with two images or more.
    /// </summary>
    public double MinimumNaturalVariance { get; init; }

    /// <summary>What ratios are shares of. Default null: the network itself; in rounds of pruning, the network before the first.</summary>
    public OriginalSize? Original { get; init; }

    internal void Validate()
    {
        RequireRatio(Ratio);
        Require(Enum.IsDefined(Measure), nameof(Measure), Measure, "it is not defined");
        Require(Enum.IsDefined(Scope), nameof(Scope), Scope, "it is not defined");
        Require(MinimumWidth >= 1, nameof(MinimumWidth), MinimumWidth, "a group keeps at least 1 channel");
        Require(MaximumRatio is >= 0 and <= 1, nameof(MaximumRatio), MaximumRatio, "it must be in [0, 1]");
        Require(Multiple >= 1, nameof(Multiple), Multiple, "it must be at least 1");
        Require(
            MinimumNaturalVariance >= 0 && double.IsFinite(MinimumNaturalVariance),
            nameof(MinimumNaturalVariance),
            MinimumNaturalVariance,
            "it must be finite and not negative");
        ArgumentNullException.ThrowIfNull(Excluded);
        ArgumentNullException.ThrowIfNull(ExcludedModules);
    }

    /// <summary>Refuses what is not a pruning ratio.</summary>
    internal static void RequireRatio(double ratio)
    {
        if (!(ratio >= 0 && ratio < 1))
            throw new PruningException($"The pruning ratio {ratio} is not in [0, 1).") { Name = nameof(Ratio), Value = ratio };
    }

    private static void Require(bool holds, string option, object value, string problem)
    {
        if (!holds)
            throw new PruningException($"{option} is {value}: {problem}.") { Name = option, Value = value };
    }
}
