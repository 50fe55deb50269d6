using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>How a <see cref="RangeSearch"/> works, and when it stops.</summary>
public sealed record RangeSearchOptions
{
    /// <summary>The domain that bounds the network, rounding included. Default: the semantic interval domain with all symbols kept; a limited number of symbols is refused.</summary>
    public IBoundPropagator Propagator { get; init; } = new SemanticIntervalPropagator(SymbolBudget.All);

    /// <summary>
    /// What the bounds are computed on. Default: the CPU, or the device of the <see cref="Propagator"/>. On other devices the domain must
    /// be the semantic interval domain with all symbols kept; the caller keeps the device open.
    /// </summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>The domain, on the device.</summary>
    internal IBoundPropagator OnDevice => Device.Run(Propagator);

    /// <summary>
    /// The relative gap to stop at: the certified widths, summed over the outputs, are at most 1 + gap times the sampled ones. Default
    /// 0.01; positive.
    /// </summary>
    public double Gap { get; init; } = 0.01;

    /// <summary>The greatest number of boxes to bound; those to begin with are bounded in any case. Default 1000, at least 1.</summary>
    public int MaxBoxes { get; init; } = 1000;

    /// <summary>
    /// Each side of the parameter box is cut into this many parts to begin with, or fewer where that would be more than 4096 boxes. Default 2, at
    /// least 1.
    /// </summary>
    public int FirstCellsPerSide { get; init; } = 2;

    /// <summary>How many boxes are bounded in one pass. Default 2, at least 1.</summary>
    public int BoxesPerBatch { get; init; } = 2;

    /// <summary>How many passes run at once, each on one thread. Default: the processors there are; at least 1.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    internal void Validate()
    {
        SoundPropagator.Require(Propagator);
        ArgumentNullException.ThrowIfNull(Device);
        SoundPropagator.Require(OnDevice);
        if (!(Gap > 0) || double.IsInfinity(Gap))
            throw new ArgumentOutOfRangeException(nameof(Gap), Gap, "The gap must be positive and finite.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBoxes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstCellsPerSide, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BoxesPerBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
    }
}
