namespace RobustPruning.Certification;

/// <summary>A leaf in a search.</summary>
/// <param name="Leaf">The box with its bounds.</param>
/// <param name="Violations">The worst violation of each claim within the bounds; not above zero proves it.</param>
/// <param name="Order">When it was made.</param>
internal sealed record OpenLeaf(Leaf Leaf, double[] Violations, int Order)
{
    /// <summary>Whether the bounds prove a claim; a bound that is not a number proves nothing.</summary>
    public bool Proves(int claim) => Violations[claim] <= 0;

    /// <summary>The claims, of those given, that the bounds do not prove.</summary>
    public int[] Open(IEnumerable<int> claims) => [.. claims.Where(claim => !Proves(claim))];

    /// <summary>
    /// The greatest of the violations of the claims given; infinite if one is not a number, zero or less if all are proved.
    /// </summary>
    public double Worst(IReadOnlyList<int> claims) =>
        claims.Count == 0 ? 0 : claims.Max(claim => double.IsNaN(Violations[claim]) ? double.PositiveInfinity : Violations[claim]);
}
