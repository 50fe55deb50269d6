namespace RobustPruning.Graphs;

/// <summary>How much work a certified bound of a spectral norm may be; it is never below the norm.</summary>
/// <param name="Tolerance">How far a bound by Gram iteration may be above what it bounds, relative to it.</param>
/// <param name="MostWork">Multiplications; where a tight bound takes more, it is coarser.</param>
internal sealed record NormEffort(double Tolerance, double MostWork)
{
    /// <summary>Hardly above the norm; about a second for a large layer.</summary>
    public static NormEffort Tight { get; } = new(1e-6, 2e10);

    /// <summary>Some percent above the norm: for what is small anyway, as errors of rounding are.</summary>
    public static NormEffort Quick { get; } = new(0.02, 1e10);
}
