using System.Globalization;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>A parameter box with what was proved on it. The leaves of a <see cref="Certificate"/> cover the whole set.</summary>
/// <param name="Box">The parameters.</param>
/// <param name="Lower">
/// Sound lower bounds of the output y, of decoded keypoints (and behind them their distances from the reference, where a property is about
/// these), or of the constraints' A y, over the box; −∞ where the budget ended before it was bounded.
/// </param>
/// <param name="Upper">Sound upper bounds, likewise; ∞ where the budget ended before it was bounded.</param>
public sealed record Leaf(ParameterBox Box, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)
{
    /// <summary>For heatmaps the cell of each map that others were compared with; null for other properties.</summary>
    internal IReadOnlyList<int>? Anchors { get; init; }

    /// <summary>For example <c>[-0.1, 0] x [0, 0.05]: [3.1, 4.2], [7, 7.5]</c>; of many bounds the first four.</summary>
    public override string ToString() => $"{Box}: {string.Join(", ", Lower.Zip(Upper, (lower, upper) =>
        string.Create(CultureInfo.InvariantCulture, $"[{lower:g4}, {upper:g4}]")).Take(4))}{(Lower.Count > 4 ? ", ..." : string.Empty)}";
}
