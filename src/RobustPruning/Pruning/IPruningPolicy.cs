namespace RobustPruning.Pruning;

/// <summary>Says how much each channel matters. Implement it to prune by a rule of your own.</summary>
public interface IPruningPolicy
{
    /// <summary>The policy's name, for reports.</summary>
    string Name { get; }

    /// <summary>Scores the channels.</summary>
    /// <param name="context">The network, calibration images, and what may change.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>For each of the context's groups one finite number a channel; the lowest of a group are pruned first.</returns>
    IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default);
}
