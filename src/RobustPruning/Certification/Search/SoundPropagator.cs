using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>Refuses domains that are known to ignore rounding: they are for training.</summary>
internal static class SoundPropagator
{
    /// <exception cref="ArgumentNullException">There is no propagator.</exception>
    /// <exception cref="ArgumentException">The propagator ignores what rounding may lose.</exception>
    public static void Require(IBoundPropagator propagator)
    {
        ArgumentNullException.ThrowIfNull(propagator);
        if (propagator is SemanticIntervalPropagator { Outward: false } or IntervalPropagator { Outward: false })
            throw new ArgumentException($"The propagator '{propagator.Name}' ignores what rounding may lose: its bounds are for training and prove nothing.", nameof(propagator));
    }
}
