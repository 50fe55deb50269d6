using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>A parameter box with what was proved on it. The leaves of a <see cref="Certificate"/> cover the whole set.</summary>
/// <param name="Box">The parameters.</param>
/// <param name="Lower">Sound lower bounds of the output y, or of the constraints' A y, over the box; −∞ where the budget ended before it was bounded.</param>
/// <param name="Upper">Sound upper bounds, likewise; ∞ where the budget ended before it was bounded.</param>
public sealed record Leaf(ParameterBox Box, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper);
