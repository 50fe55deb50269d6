using RobustPruning.Perturbations;

namespace RobustPruning.Usn;

/// <summary>
/// Points that fill a box evenly: the additive recurrence of Roberts (2018), x_n = frac(s + n·α) with α_k = φ_d^−k and φ_d the positive
/// root of x^(d+1) = x + 1. Deterministic; with a shift s drawn uniformly, each point by itself is uniform (Cranley and Patterson, 1976).
/// </summary>
internal static class LowDiscrepancySequence
{
    /// <summary>The first <paramref name="count"/> points in a box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="count">How many points.</param>
    /// <param name="shift">s, one value in [0, 1) for each parameter; ½ if null.</param>
    public static IReadOnlyList<double[]> Points(ParameterBox box, int count, double[]? shift = null)
    {
        var root = 2.0;
        for (var step = 0; step < 64; step++)
            root = Math.Pow(1 + root, 1.0 / (box.Dimension + 1));
        return [.. Enumerable.Range(1, count).Select(n => Enumerable.Range(0, box.Dimension).Select(k =>
        {
            var part = ((shift?[k] ?? 0.5) + (n * Math.Pow(root, -(k + 1)))) % 1;
            return box.Lower[k] + (part * (box.Upper[k] - box.Lower[k]));
        }).ToArray())];
    }
}
