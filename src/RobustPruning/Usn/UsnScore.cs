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
            throw new ArgumentException($"There are {deviation.Count} deviations and {naturalVariance.Count} natural variances.", nameof(naturalVariance));
        return [.. deviation.Zip(naturalVariance, (moved, natural) => natural > 0 ? natural / (natural + moved) : 0)];
    }
}
