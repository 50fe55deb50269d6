namespace RobustPruning.Certification;

/// <summary>
/// One row <c>a y ≤ b</c> of a region, scaled by a power of two so that its greatest weight is from 1 to 2. The bounded layer has 32-bit
/// weights: a row with others is the sum of several that it can hold.
/// </summary>
/// <param name="First">The index of the greatest of these among all values.</param>
/// <param name="Parts">Their weights, the greatest first; most rows are one part.</param>
/// <param name="Outside">The least number above b: the row holds where a y is below it.</param>
internal sealed record AvoidanceRow(int First, IReadOnlyList<double[]> Parts, double Outside)
{
    // A 64-bit number has 53 digits, three times 24 at most.
    private const int MostParts = 3;

    /// <summary>The indices of the values that make it up.</summary>
    public IEnumerable<int> Values => Enumerable.Range(First, Parts.Count);

    /// <summary>The row of given weights and limit.</summary>
    /// <exception cref="ArgumentException">A weight is beyond the range of 32-bit numbers.</exception>
    public static AvoidanceRow Of(IReadOnlyList<double> weights, double limit, int first)
    {
        (var rest, limit) = Scaled(weights, limit);
        var parts = new List<double[]>();
        do
        {
            double[] part = [.. rest.Select(weight => (double)(float)weight)];
            if (parts.Count == MostParts || part.Any(double.IsInfinity))
                throw new ArgumentException(
                    $"A weight of the constraint [{string.Join(", ", weights)}] is beyond the range of 32-bit numbers.",
                    nameof(weights));
            parts.Add(part);
            rest = [.. rest.Zip(part, (weight, taken) => weight - taken)];
        }
        while (rest.Any(weight => weight != 0));
        return new AvoidanceRow(first, parts, Math.BitIncrement(limit));
    }

    /// <summary>By how much values keep below the edge: above zero where the row holds.</summary>
    public double Depth(IReadOnlyList<double> values) => Outside - Values.Sum(value => values[value]);

    /// <summary>No less than the depth of any values within the bounds; NaN if a bound is.</summary>
    public double GreatestDepth(IReadOnlyList<double> lower, IReadOnlyList<double> upper)
    {
        if (Values.Any(value => double.IsNaN(upper[value])))
            return double.NaN;
        var least = lower[First];
        foreach (var value in Values.Skip(1))
            least = Math.BitDecrement(least + lower[value]);
        return Outside - least;
    }

    /// <summary>
    /// The same row with a greatest weight from 1 to 2; as it is where that loses digits, beyond the range of 64-bit numbers.
    /// </summary>
    private static (double[] Weights, double Limit) Scaled(IReadOnlyList<double> weights, double limit)
    {
        var power = weights.All(weight => weight == 0) ? 0 : Math.ILogB(weights.Max(Math.Abs));
        return weights.Append(limit).All(number => Math.ScaleB(Math.ScaleB(number, -power), power) == number)
            ? ([.. weights.Select(weight => Math.ScaleB(weight, -power))], Math.ScaleB(limit, -power))
            : ([.. weights], limit);
    }
}
