using RobustPruning.Usn;

namespace RobustPruning.Pruning;

/// <summary>Prunes the channels that are least unbiased and smooth when the scene changes.</summary>
/// <param name="ranking">How USN becomes an order. The default, a rank sum with Taylor importance, keeps what the task needs.</param>
/// <param name="metric">How USN is measured; sampled if null.</param>
public sealed class LowestUsnPolicy(UsnRanking ranking = UsnRanking.RankSum, IUsnMetric? metric = null) : IPruningPolicy
{
    private readonly IUsnMetric _metric = metric ?? new SampledUsnMetric();

    /// <inheritdoc/>
    public string Name => ranking switch
    {
        UsnRanking.Raw => "USN, raw",
        UsnRanking.Relative => "USN, relative",
        _ => "USN, rank sum",
    };

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        using var measurement = _metric.Measure(context.Network, context.Images, context.Set, cancellationToken);
        var taylor = ranking == UsnRanking.RankSum ? new TaylorPolicy().Score(context, cancellationToken) : null;
        return context.Groups.ToDictionary(group => group, group =>
        {
            if (ranking == UsnRanking.Raw)
                return UsnScore.Raw(Mean(group, layer => layer.Mean(measurement[layer.Node].ChannelDeviation())));
            var relative = Mean(group, layer => [.. UsnScore.Relative(
                layer.Mean(measurement[layer.Node].ChannelDeviation()), layer.Mean(measurement[layer.Node].ChannelNaturalVariance()))]);
            return taylor is null ? relative : [.. Ranks(relative).Zip(Ranks(taylor[group]), (robust, useful) => robust + useful)];
        });
    }

    /// <summary>The mean over the values at which a group is measured.</summary>
    private static double[] Mean(ChannelGroup group, Func<ChannelEntries, double[]> measure)
    {
        var all = group.PreActivations.Select(measure).ToList();
        return [.. Enumerable.Range(0, group.Width).Select(channel => all.Average(values => values[channel]))];
    }

    /// <summary>The place of each value in ascending order; equal values share the mean of their places.</summary>
    internal static double[] Ranks(double[] values)
    {
        var ranks = new double[values.Length];
        var order = Enumerable.Range(0, values.Length).OrderBy(index => values[index]).ToArray();
        for (var first = 0; first < order.Length;)
        {
            var last = first;
            while (last + 1 < order.Length && values[order[last + 1]] == values[order[first]])
                last++;
            for (var place = first; place <= last; place++)
                ranks[order[place]] = (first + last) / 2.0;
            first = last + 1;
        }

        return ranks;
    }
}
