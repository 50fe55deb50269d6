namespace RobustPruning.Usn;

/// <summary>Turns measurements of channels into scores. A high score is good; low scores are pruned.</summary>
public static class UsnScore
{
    /// <summary>The raw score <c>1 / (1 + deviation / scale)</c>, in (0, 1].</summary>
    /// <param name="deviation">E[Δ²] of each channel, non-negative.</param>
    /// <param name="scale">The deviation that scores one half; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not positive.</exception>
    public static double[] Raw(IReadOnlyList<double> deviation, double scale = 1)
    {
        if (!(scale > 0))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale must be positive.");
        return [.. deviation.Select(value => 1 / (1 + (value / scale)))];
    }

    /// <summary>
    /// The relative score <c>1 / (1 + deviation / natural variance)</c>, in [0, 1]: how much of what the channel says is the scene and
    /// not the light. A channel that says nothing scores 0.
    /// </summary>
    /// <param name="deviation">E[Δ²] of each channel, non-negative.</param>
    /// <param name="naturalVariance">The variance of each channel's clean value across images, non-negative.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double[] Relative(IReadOnlyList<double> deviation, IReadOnlyList<double> naturalVariance)
    {
        if (deviation.Count != naturalVariance.Count)
            throw new ArgumentException(
                $"There are {deviation.Count} deviations and {naturalVariance.Count} natural variances.",
                nameof(naturalVariance));
        return [.. deviation.Zip(naturalVariance, (moved, natural) => natural > 0 ? natural / (natural + moved) : 0)];
    }

    /// <summary>
    /// The score of each channel's contribution to the move of the output, <c>1 / (1 + contribution / scale)</c>, in (0, 1]: comparable
    /// across layers. See <see cref="LayerUsn.ChannelContribution"/>.
    /// </summary>
    /// <param name="layer">What was measured.</param>
    /// <param name="bound">The network's Lipschitz bound.</param>
    /// <param name="scale">The contribution that scores one half, in squared units of the output; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not positive.</exception>
    /// <exception cref="Graphs.GraphException">The bound is another network's.</exception>
    public static double[] Contribution(LayerUsn layer, LipschitzBound bound, double scale = 1)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Raw(layer.ChannelContribution(bound), scale);
    }

    /// <summary>
    /// The sum of each channel's ranks by several scores, whatever their units: a score itself, so that it can be joined with more. With a
    /// score of task importance it keeps channels that are good at either.
    /// </summary>
    /// <param name="scores">The scores to join, each one number a channel.</param>
    /// <exception cref="ArgumentException">There is no score, or the lengths differ.</exception>
    public static double[] RankSum(params IReadOnlyList<IReadOnlyList<double>> scores)
    {
        if (scores.Count == 0)
            throw new ArgumentException("There is no score to rank.", nameof(scores));
        if (scores.FirstOrDefault(score => score.Count != scores[0].Count) is { } odd)
            throw new ArgumentException($"One score has {scores[0].Count} channels, another {odd.Count}.", nameof(scores));
        var ranks = scores.Select(Ranks).ToList();
        return [.. Enumerable.Range(0, scores[0].Count).Select(channel => ranks.Sum(rank => rank[channel]))];
    }

    /// <summary>The place of each value in ascending order, from 0; equal values share the mean of their places.</summary>
    internal static double[] Ranks(IReadOnlyList<double> values)
    {
        var ranks = new double[values.Count];
        var order = Enumerable.Range(0, values.Count).OrderBy(index => values[index]).ToArray();
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
