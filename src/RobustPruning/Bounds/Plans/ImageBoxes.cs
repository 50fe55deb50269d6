namespace RobustPruning.Bounds;

/// <summary>
/// The images that boxes reach, as plain 64-bit numbers in the order of a plan's first value: those of box i lie in
/// <c>{ clip(centre_i + Σ_k ξ_k generator_ik + radius_i ⊙ s) : ξ ∈ [−1, 1]^g, s ∈ [−1, 1]^n }</c>.
/// </summary>
internal sealed record ImageBoxes
{
    /// <summary>The centres, <c>[boxes][n]</c>.</summary>
    public required double[][] Centres { get; init; }

    /// <summary>The generators, <c>[boxes][g · n]</c>, one behind the other.</summary>
    public required double[][] Generators { get; init; }

    /// <summary>How far each value may lie beside that, <c>[boxes][n]</c>, not negative; null if nowhere.</summary>
    public required double[][]? Radii { get; init; }

    /// <summary>Whether the camera clips the values to [0, 1].</summary>
    public required bool Clip { get; init; }

    /// <summary>How far rounding may have moved each value of centre and generators together.</summary>
    public required double RoundingError { get; init; }

    /// <summary>The number of boxes.</summary>
    public int Count => Centres.Length;
}
