namespace RobustPruning.Pruning;

/// <summary>Which channels leave. A plan can be looked at and printed before <see cref="ChannelPruner"/> applies it.</summary>
public sealed class PruningPlan
{
    private PruningPlan(IReadOnlyDictionary<ChannelGroup, IReadOnlyList<int>> removed) => Removed = removed;

    /// <summary>For each group the channels that leave, ascending.</summary>
    public IReadOnlyDictionary<ChannelGroup, IReadOnlyList<int>> Removed { get; }

    /// <summary>Plans to remove the same share of the channels of every group.</summary>
    /// <param name="scores">A policy's scores; the lowest leave, of equal ones those with the higher index.</param>
    /// <param name="ratio">The pruning ratio: the share of channels to remove, in [0, 1), rounded to whole channels in each group.</param>
    /// <exception cref="PruningException">The ratio is out of range or would empty a layer, or a score is not a finite number.</exception>
    public static PruningPlan Create(IReadOnlyDictionary<ChannelGroup, double[]> scores, double ratio)
    {
        RequireRatio(ratio);
        return Create(scores, group => WidthAfter(group.Width, ratio));
    }

    /// <summary>Plans to narrow each group to a width.</summary>
    /// <param name="scores">A policy's scores; the lowest leave, of equal ones those with the higher index.</param>
    /// <param name="width">How many channels of a group stay: at least 1, at most its width.</param>
    /// <exception cref="PruningException">A width would empty or widen a layer, or a score is not a finite number.</exception>
    public static PruningPlan Create(IReadOnlyDictionary<ChannelGroup, double[]> scores, Func<ChannelGroup, int> width)
    {
        var removed = new Dictionary<ChannelGroup, IReadOnlyList<int>>();
        foreach (var (group, values) in scores)
        {
            var keep = width(group);
            if (keep < 1)
                throw new PruningException($"Pruning would empty layer '{group.Producer.Name}', which has {group.Width} channels.");
            if (keep > group.Width)
                throw new PruningException($"Layer '{group.Producer.Name}' has {group.Width} channels and cannot keep {keep}.");
            if (values.Length != group.Width || !values.All(double.IsFinite))
                throw new PruningException($"Layer '{group.Producer.Name}' needs {group.Width} finite scores, one a channel.");
            removed[group] = [.. Enumerable.Range(0, group.Width)
                .OrderBy(channel => values[channel]).ThenByDescending(channel => channel)
                .Take(group.Width - keep).Order()];
        }

        return new PruningPlan(removed);
    }

    /// <summary>How many of <paramref name="width"/> channels stay when <paramref name="ratio"/> of them leave; 0 if none would.</summary>
    internal static int WidthAfter(int width, double ratio) => width - (int)Math.Round(ratio * width, MidpointRounding.AwayFromZero);

    /// <summary>Refuses what is not a pruning ratio.</summary>
    internal static void RequireRatio(double ratio)
    {
        if (!(ratio >= 0 && ratio < 1))
            throw new PruningException($"The pruning ratio {ratio} is not in [0, 1).");
    }

    /// <summary>One group a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        Removed.Select(entry => $"remove {entry.Value.Count} of {entry.Key}: {string.Join(", ", entry.Value)}"));
}
