namespace RobustPruning.Certification;

/// <summary>Refuses bounds that samples leave: a propagator of a user's own may be wrong.</summary>
/// <param name="propagator">Its name.</param>
/// <param name="first">The leaves to begin with, which cover the whole set.</param>
internal sealed class SampleCheck(string propagator, IReadOnlyList<Leaf> first)
{
    // Samples are computed in 32 bits: where a network is steep, they scatter by more than a tiny box is wide.
    private const double Steepness = 0.02;

    private readonly double[] _slack = Slack(Hull(first));

    /// <summary>Checks each leaf against the samples in its box.</summary>
    /// <exception cref="InvalidOperationException">A sample leaves the bounds.</exception>
    public void Require(IReadOnlyList<Sample> samples, IReadOnlyList<Leaf> leaves)
    {
        foreach (var leaf in leaves)
        {
            var sampled = new OutputHull(leaf.Lower.Count);
            double[] slack = [.. _slack];
            foreach (var sample in samples.Where(sample => leaf.Box.Contains(sample.Theta)))
            {
                sampled.Add(sample.Values, sample.Values);
                for (var value = 0; value < slack.Length && sample.Terms is not null; value++)
                    slack[value] = Math.Max(slack[value], _slack[value] + (OutputHull.SampleTolerance * sample.Terms[value]));
            }

            if (Hull([leaf]).FirstViolation(sampled, slack) is >= 0 and var output)
                throw new InvalidOperationException($"The bounds of '{propagator}' are wrong: a sample of output {output} leaves them.");
        }
    }

    private static double[] Slack(OutputHull range) => [.. range.Upper.Zip(range.Lower, (high, low) => Steepness * Math.Abs(high - low))];

    private static OutputHull Hull(IReadOnlyList<Leaf> leaves)
    {
        var hull = new OutputHull(leaves[0].Lower.Count);
        foreach (var leaf in leaves)
            hull.Add([.. leaf.Lower], [.. leaf.Upper]);
        return hull;
    }
}
