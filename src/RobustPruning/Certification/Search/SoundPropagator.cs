using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>
/// Refuses domains that are for training: those that ignore rounding, and those that keep a limited number of noise symbols.
/// </summary>
internal static class SoundPropagator
{
    /// <exception cref="ArgumentNullException">There is no propagator.</exception>
    /// <exception cref="ArgumentException">The propagator ignores what rounding may lose, or keeps a limited number of symbols.</exception>
    public static void Require(IBoundPropagator propagator)
    {
        ArgumentNullException.ThrowIfNull(propagator);
        if (propagator is SemanticIntervalPropagator { Outward: false } or IntervalPropagator { Outward: false })
            throw new ArgumentException(
                $"The propagator '{propagator.Name}' ignores what rounding may lose: its bounds are for training and prove nothing.",
                nameof(propagator));

        // libtorch's float32 algorithms compute their generators, and the rounding analysis does not cover all of these.
        if (propagator is SemanticIntervalPropagator semantic
            && semantic.Budget != SymbolBudget.All
            && semantic.Budget != SymbolBudget.None)
            throw new ArgumentException(
                $"The propagator '{propagator.Name}' is for training and measurements; certify with all symbols.",
                nameof(propagator));
    }
}
