namespace RobustPruning.Pruning;

/// <summary>Prunes channels at random: the control that any other policy has to beat.</summary>
/// <param name="seed">The same seed gives the same scores.</param>
public sealed class RandomPolicy(int seed) : IPruningPolicy
{
    /// <summary>With the seed: a run with another seed is another run.</summary>
    public string Name => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"random, seed {seed}");

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        var random = new Random(seed);
        return context.Groups.ToDictionary(
            group => group,
            group => Enumerable.Range(0, group.Width).Select(_ => random.NextDouble()).ToArray());
    }
}
