using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>Compares the bounds that a leaf states with those computed again.</summary>
internal static class StatedBounds
{
    /// <summary>
    /// Both are roundings of one relaxation: they may differ by this share of 1 + the greatest value, and by the rounding that the new ones
    /// cover. It lets no claim pass, for claims must follow from the bounds computed again.
    /// </summary>
    public const double RelativeSlack = 2e-5;

    /// <summary>
    /// Stated bounds hold what rounding may have lost in 32-bit symbols, which the new ones need not: they may be wider by this share of
    /// the new width. On a full-width CNN7 it is up to a twentieth. What lies between is true as well, only not tight.
    /// </summary>
    public const double RoundingShare = 0.1;

    /// <summary>
    /// The check proves the radius of a curved change to within a 1,024th (see <see cref="ProofSearch"/>), and relaxations may make more of
    /// it: the new bounds may be wider by this share of their width.
    /// </summary>
    public const double CurvedShare = 4.0 / 1024;

    /// <summary>By how much numbers on the scale of the given ones may differ.</summary>
    public static double Slack(IEnumerable<double> values) =>
        RelativeSlack * (1 + values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max());

    /// <summary>
    /// Whether the leaf states any bound; it does not where the budget ended before it was bounded. A lower bound of ∞, say, does: nothing
    /// but −∞ holds for everything.
    /// </summary>
    public static bool SaySomething(Leaf leaf) => !leaf.Lower.All(double.IsNegativeInfinity) || !leaf.Upper.All(double.IsPositiveInfinity);

    /// <summary>
    /// What is wrong, or null. New bounds must lie inside the stated ones. If the stated ones come from the same relaxation, they must not
    /// be wider either; those of other domains may be.
    /// </summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="computed">The new bounds.</param>
    /// <param name="domain">Where the stated bounds come from.</param>
    /// <param name="sameRelaxation">Whether the same domain gives the same bounds; decoders take what is certain from two of them.</param>
    /// <param name="curved">Whether a change of the scene is not affine in its parameters.</param>
    public static string? Problem(
        Leaf leaf, OutputBounds computed, IBoundPropagator domain, bool sameRelaxation = true, bool curved = false)
    {
        var slack = Slack(computed.Lower.Concat(computed.Upper));
        var same =
            sameRelaxation
            && domain is SemanticIntervalPropagator { SharesClipErrors: true } semantic
            && semantic.Budget == SymbolBudget.All;
        for (var output = 0; output < computed.Lower.Length; output++)
        {
            var width = computed.Upper[output] - computed.Lower[output];
            var inwards = slack + computed.Rounding + (curved && double.IsFinite(width) ? CurvedShare * width : 0);
            var outwards = same
                ? slack + (2 * computed.Rounding) + (RoundingShare * width)
                : double.PositiveInfinity;
            if (!Fits(leaf.Lower[output], computed.Lower[output], 1) || !Fits(leaf.Upper[output], computed.Upper[output], -1))
                return $"output {output} is stated to be in [{leaf.Lower[output]}, {leaf.Upper[output]}], but bounded by "
                    + $"[{computed.Lower[output]}, {computed.Upper[output]}]";

            // A lower bound of −∞ or an upper one of ∞ states nothing; others that are not finite compare as false.
            bool Fits(double stated, double anew, int side) => stated == side * double.NegativeInfinity
                ? !same || !double.IsFinite(anew)
                : side * (stated - anew) <= inwards && side * (anew - stated) <= outwards;
        }

        return null;
    }
}
