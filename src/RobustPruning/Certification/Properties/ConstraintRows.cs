namespace RobustPruning.Certification;

/// <summary>Rows of linear constraints <c>A y ≤ b</c>, as they are given.</summary>
internal static class ConstraintRows
{
    /// <summary>Refuses rows that make no constraints.</summary>
    /// <exception cref="ArgumentException">There is no row or no column, the lengths differ, or a number is not finite.</exception>
    public static void Require(IReadOnlyList<IReadOnlyList<double>> weights, IReadOnlyList<double> limits)
    {
        if (weights.Count == 0 || weights[0].Count == 0)
            throw new ArgumentException("Linear constraints need at least one row and one column.", nameof(weights));
        if (weights.FirstOrDefault(row => row.Count != weights[0].Count) is { } odd)
            throw new ArgumentException($"A row has {odd.Count} weights, but the first has {weights[0].Count}.", nameof(weights));
        if (limits.Count != weights.Count)
            throw new ArgumentException($"There are {limits.Count} limits for {weights.Count} rows.", nameof(limits));
        if (weights.SelectMany(row => row).Concat(limits).FirstOrDefault(number => !double.IsFinite(number)) is var sick and not 0)
            throw new ArgumentException($"The constraints contain {sick}.", nameof(weights));
    }

    /// <summary>A y of each row, in 64-bit numbers.</summary>
    public static double[] Values(IEnumerable<double[]> weights, IReadOnlyList<double> output) =>
        [.. weights.Select(row => row.Zip(output, (weight, y) => weight * y).Sum())];
}
