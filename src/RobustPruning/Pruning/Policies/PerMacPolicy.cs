namespace RobustPruning.Pruning;

/// <summary>
/// Divides another policy's scores by the multiply-accumulate operations that a channel's removal saves, so that of channels that matter
/// alike the dearest leave first.
/// </summary>
/// <param name="policy">The other policy; its scores must not be negative.</param>
public sealed class PerMacPolicy(IPruningPolicy policy) : IPruningPolicy
{
    private readonly IPruningPolicy _policy = policy ?? throw new ArgumentNullException(nameof(policy));

    /// <inheritdoc/>
    public string Name => $"{_policy.Name}, per MAC saved";

    /// <inheritdoc/>
    /// <exception cref="PruningException">A score of the other policy is negative.</exception>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        var size = new ShrinkingSize(context.Network);
        return _policy
            .Score(context, cancellationToken)
            .ToDictionary(
                entry => entry.Key,
                entry =>
                    entry
                        .Value.Select(
                            (score, channel) =>
                                score >= 0
                                    ? score / MacsOf(size, entry.Key, channel)
                                    : throw new PruningException(
                                        $"'{_policy.Name}' scores channel {channel} of group '{entry.Key.Name}' {score}; per MAC, scores "
                                        + $"must not be negative.")
                                    {
                                        Name = entry.Key.Name,
                                        Value = score,
                                    })
                        .ToArray());
    }

    private static double MacsOf(ShrinkingSize size, ChannelGroup group, int channel)
    {
        var before = size.Macs;
        size.Remove(group, channel);
        var saved = before - size.Macs;
        size.Restore(group, channel);
        return saved;
    }
}
