namespace RobustPruning.Certification;

/// <summary>The values v that a property looks at, at one θ.</summary>
/// <param name="Theta">The parameter values.</param>
/// <param name="Values">The values.</param>
/// <param name="Noise">
/// What noise adds to each value of the input, kept where a claim is broken; null for nothing, or where it is not kept.
/// </param>
/// <param name="Terms">
/// The size of the terms that each value is the sum of, see <see cref="ClaimLayer.Terms"/>; null where values are no sums.
/// </param>
/// <param name="Scores">How near each claim is to being broken, where values move in steps; null where they do not.</param>
internal sealed record Sample(double[] Theta, double[] Values, double[]? Noise = null, double[]? Terms = null, double[]? Scores = null);
