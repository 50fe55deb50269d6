using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>
/// Which channels leave a network. A plan can be looked at, printed and edited before <see cref="ChannelPruner"/> applies it. Immutable:
/// an edit gives a new plan.
/// </summary>
public sealed class PruningPlan
{
    private readonly ExcludedLayers _excluded;
    private readonly OriginalSize _original;

    private PruningPlan(
        Graph network,
        ExcludedLayers excluded,
        OriginalSize original,
        IReadOnlyDictionary<ChannelGroup, IReadOnlyList<int>> removed,
        IReadOnlyList<FoldedChannel> folded)
    {
        Network = network;
        Removed = removed;
        _excluded = excluded;
        _original = original;
        Folded = [.. folded.Where(channel => removed[channel.Group].Contains(channel.Channel))];
        var size = SizeAfter();
        ParameterRatio = 1 - ((double)size.Parameters / original.Parameters);
        MacRatio = original.Macs == 0 ? 0 : 1 - ((double)size.Macs / original.Macs);
    }

    /// <summary>The network the plan is for.</summary>
    public Graph Network { get; }

    /// <summary>For each group that may be pruned the channels that leave, ascending; none for a group that stays whole.</summary>
    public IReadOnlyDictionary<ChannelGroup, IReadOnlyList<int>> Removed { get; }

    /// <summary>The share of the original channels of these groups that will be gone; 0 where no group may be pruned.</summary>
    public double ChannelRatio =>
        Removed.Count == 0
            ? 0
            : 1
                - (
                    (double)Removed.Sum(entry => entry.Key.Width - entry.Value.Count)
                    / Removed.Keys.Sum(group => (long)_original.WidthOf(group)));

    /// <summary>The share of the original network's parameters that will be gone.</summary>
    public double ParameterRatio { get; }

    /// <summary>The share of the original network's multiply-accumulate operations that will be gone.</summary>
    public double MacRatio { get; }

    /// <summary>The channels among the removed whose constant goes into their readers' biases.</summary>
    internal IReadOnlyList<FoldedChannel> Folded { get; }

    /// <summary>Measures channels by a policy and plans to remove the lowest.</summary>
    /// <param name="context">The network and what the policy may look at.</param>
    /// <param name="policy">Scores the channels.</param>
    /// <param name="options">How much, and what not; defaults if null.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    /// <exception cref="PruningException">
    /// An option is out of its range, an excluded layer is unknown, the ratio cannot be reached, a score is not a finite number, or a group
    /// would be left with channels that carry nothing.
    /// </exception>
    public static PruningPlan Create(
        PruningContext context, IPruningPolicy policy, PruningOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new PruningOptions();
        options.Validate();
        var scores = policy.Score(context, cancellationToken);
        if (context.Images.shape[0] < 2)
            return Create(context.Network, scores, options);
        var carrying = CarryingChannels.Measure(context, scores.Keys, options.MinimumNaturalVariance, cancellationToken);
        var plan = Create(context.Network, carrying.First(scores), options);
        carrying.RequireLeft(plan);
        return plan;
    }

    /// <summary>Plans to remove the channels with the lowest scores; of equal ones, those with the higher index leave first.</summary>
    /// <param name="network">The network.</param>
    /// <param name="scores">One finite number a channel, for each group that may be pruned; groups without scores stay as they are.</param>
    /// <param name="options">How much, and what not; defaults if null.</param>
    /// <exception cref="PruningException">
    /// An option is out of its range, an excluded layer is unknown, the ratio cannot be reached, or a score is not a finite number.
    /// </exception>
    public static PruningPlan Create(Graph network, IReadOnlyDictionary<ChannelGroup, double[]> scores, PruningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new PruningOptions();
        options.Validate();
        foreach (var (group, values) in scores)
        {
            RequireOf(network, group);
            if (values is null || values.Length != group.Width || !values.All(double.IsFinite))
                throw new PruningException($"Group '{group.Name}' needs {group.Width} finite scores, one a channel.") { Name = group.Name };
        }

        var excluded = new ExcludedLayers(network, options);
        var allowed = scores.Where(entry => excluded.In(entry.Key) is null).ToDictionary();
        var original = options.Original ?? OriginalSize.Of(network);
        return new PruningPlan(network, excluded, original, new PruningPlanner(network, original, allowed, options).Choose(), []);
    }

    /// <summary>A plan that removes nothing yet, to be edited by hand.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">What may not be touched; its ratio does not count. Defaults if null.</param>
    /// <exception cref="PruningException">An option is out of its range, or an excluded layer is unknown.</exception>
    public static PruningPlan Nothing(Graph network, PruningOptions? options = null) =>
        Create(
            network,
            ChannelGroup.Of(network).ToDictionary(group => group, group => new double[group.Width]),
            (options ?? new()) with
            {
                Ratio = 0,
            });

    /// <summary>The plan with more channels to remove.</summary>
    /// <param name="group">A group of the network that is not excluded.</param>
    /// <param name="channels">Channels of the group, 0 to its width − 1.</param>
    /// <exception cref="PruningException">The group is not the plan's, a channel is not the group's, or none would be left.</exception>
    public PruningPlan Remove(ChannelGroup group, params IReadOnlyList<int> channels)
    {
        var own = Own(group, channels);
        return With(own, [.. Removed[own].Union(channels)]);
    }

    /// <summary>The plan with fewer channels to remove.</summary>
    /// <param name="group">A group of the network that is not excluded.</param>
    /// <param name="channels">Channels of the group, 0 to its width − 1; those that stay anyway change nothing.</param>
    /// <exception cref="PruningException">The group is not the plan's, or a channel is not the group's.</exception>
    public PruningPlan Keep(ChannelGroup group, params IReadOnlyList<int> channels)
    {
        var own = Own(group, channels);
        return With(own, [.. Removed[own].Except(channels)]);
    }

    /// <summary>The plan with channels whose constant is folded.</summary>
    internal PruningPlan Fold(IReadOnlyList<FoldedChannel> folded) => new(Network, _excluded, _original, Removed, [.. Folded, .. folded]);

    /// <summary>One group a line, then what it comes to.</summary>
    public override string ToString() =>
        string.Join(
            Environment.NewLine,
            Removed
                .Select(entry =>
                    $"remove {entry.Value.Count} of "
                    + $"{entry.Key}{(entry.Value.Count == 0 ? string.Empty : ": ")}{string.Join(", ", entry.Value)}")
                .Append(
                    FormattableString.Invariant(
                        $"gone: {ChannelRatio:P1} of the channels, {ParameterRatio:P1} of the parameters, {MacRatio:P1} of the MACs")));

    private static void RequireOf(Graph network, ChannelGroup group)
    {
        if (group.Outputs.FirstOrDefault(layer => !network.Nodes.Contains(layer.Node)) is { } stranger)
        {
            throw new PruningException(
                $"Group '{group.Name}' is of another network: this one does not hold its layer '{stranger.Node.Name}'. "
                + "Groups, plan and pruning take the same Graph object.") { Name = group.Name, Value = stranger.Node.Name };
        }
    }

    /// <summary>The plan's own group of that name: every call of <see cref="ChannelGroup.Of"/> makes new ones.</summary>
    private ChannelGroup Own(ChannelGroup group, IReadOnlyList<int> channels)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(channels);
        RequireOf(Network, group);
        if (_excluded.In(group) is { } layer)
            throw new PruningException($"Group '{group.Name}' cannot lose channels: its layer '{layer.Name}' is excluded.")
                { Name = group.Name, Value = layer.Name };
        foreach (var channel in channels)
        {
            if (channel < 0 || channel >= group.Width)
                throw new PruningException($"Group '{group.Name}' has {group.Width} channels, and no channel {channel}.")
                    { Name = group.Name, Value = channel };
        }

        return Removed.Keys.FirstOrDefault(own => own.Name == group.Name)
            ?? throw new PruningException($"Group '{group.Name}' cannot lose channels: the plan was made without scores for it.")
                { Name = group.Name };
    }

    private PruningPlan With(ChannelGroup group, int[] removed)
    {
        if (removed.Length == group.Width)
            throw new PruningException($"Pruning would empty layer '{group.Name}', which has {group.Width} channels.")
                { Name = group.Name, Value = group.Width };
        var all = Removed.ToDictionary();
        all[group] = [.. removed.Order()];
        return new PruningPlan(Network, _excluded, _original, all, Folded);
    }

    private ShrinkingSize SizeAfter()
    {
        var size = new ShrinkingSize(Network);
        foreach (var (group, removed) in Removed)
        {
            foreach (var channel in removed)
                size.Remove(group, channel);
        }

        return size;
    }
}
