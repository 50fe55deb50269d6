using RobustPruning.Graphs;
using RobustPruning.Usn;

namespace RobustPruning.Pruning;

/// <summary>
/// Prunes the channels that are least unbiased and smooth when the scene changes. Where a group is measured at several values, its score is
/// the mean over them; contributions are added up.
/// </summary>
/// <param name="ranking">How USN becomes an order. The default, Taylor importance times relative USN, keeps what the task needs.</param>
/// <param name="metric">How USN is measured; sampled if null.</param>
public sealed class LowestUsnPolicy(UsnRanking ranking = UsnRanking.RobustImportance, IUsnMetric? metric = null) : IPruningPolicy
{
    private readonly IUsnMetric _metric = metric ?? new SampledUsnMetric();

    /// <summary>The ranking, and the metric if one was given: a run with another metric is another run.</summary>
    public string Name => $"USN, {Ranking}{(metric is null ? string.Empty : $" ({metric.Name})")}";

    private string Ranking => ranking switch
    {
        UsnRanking.Raw => "raw",
        UsnRanking.Relative => "relative",
        UsnRanking.Contribution => "contribution",
        UsnRanking.RobustImportance => "robust importance",
        _ => "rank sum",
    };

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        GraphNode[] nodes = [.. context.Groups.SelectMany(group => group.PreActivations).Select(value => value.Node).Distinct()];
        using var measurement = _metric.Measure(context.Network, context.Images, context.Set, nodes, cancellationToken);
        switch (ranking)
        {
            case UsnRanking.Raw:
                return context.Groups.ToDictionary(group => group, group =>
                    UsnScore.Raw(Mean(group, value => value.Mean(measurement[value.Node].ChannelDeviation()))));

            case UsnRanking.Contribution:
            {
                var bound = LipschitzBound.Of(context.Network);
                return context.Groups.ToDictionary(group => group, group =>
                    UsnScore.Raw(Sum(group, value => value.Sum(measurement[value.Node].ChannelContribution(bound)))));
            }

            case UsnRanking.Relative:
                return context.Groups.ToDictionary(group => group, group => Relative(group, measurement));

            default:
            {
                var taylor = new TaylorPolicy().Score(context, cancellationToken);
                return context.Groups.ToDictionary(group => group, group => ranking == UsnRanking.RobustImportance
                    ? [.. Relative(group, measurement).Zip(taylor[group], (robust, useful) => robust * useful)]
                    : RankSum(Relative(group, measurement), taylor[group]));
            }
        }
    }

    private static double[] Relative(ChannelGroup group, UsnMeasurement measurement) => Mean(group, value => UsnScore.Relative(
        value.Mean(measurement[value.Node].ChannelDeviation()), value.Mean(measurement[value.Node].ChannelNaturalVariance())));

    // Ranks as shares of the greatest, so that narrow groups do not score lower than wide ones.
    private static double[] RankSum(double[] robust, double[] useful) =>
        [.. UsnScore.RankSum(robust, useful).Select(sum => sum / Math.Max(1, robust.Length - 1))];

    private static double[] Mean(ChannelGroup group, Func<ChannelEntries, double[]> measure) =>
        [.. Sum(group, measure).Select(sum => sum / group.PreActivations.Count)];

    private static double[] Sum(ChannelGroup group, Func<ChannelEntries, double[]> measure) => group.PreActivations.Select(measure)
        .Aggregate((sums, values) => [.. sums.Zip(values, (sum, value) => sum + value)]);
}
