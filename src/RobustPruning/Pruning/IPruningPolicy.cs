namespace RobustPruning.Pruning;

/// <summary>Says how much each channel matters. Implement it to prune by a rule of your own.</summary>
public interface IPruningPolicy
{
    /// <summary>The policy's name, for reports.</summary>
    string Name { get; }

    /// <summary>Scores the channels.</summary>
    /// <param name="context">The network, calibration images, and what may change.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>
    /// For groups of the context one finite number a channel; the lowest are pruned first. A group without scores stays as it is. Where
    /// channels of the whole network compete, the numbers are compared across groups.
    /// </returns>
    IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default);
}
