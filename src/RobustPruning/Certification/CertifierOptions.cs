using System.Text.Json.Serialization;
using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>How a <see cref="Certifier"/> works, and when it stops. The limits are for each image.</summary>
public sealed record CertifierOptions
{
    /// <summary>The domain that bounds the network, rounding included. Default: the semantic interval domain with all symbols kept; a limited number of symbols is refused.</summary>
    public IBoundPropagator Propagator { get; init; } = new SemanticIntervalPropagator(SymbolBudget.All);

    /// <summary>
    /// What the bounds are computed on. Default: the CPU, or the device of the <see cref="Propagator"/>. On other devices the domain must
    /// be the semantic interval domain with all symbols kept; the caller keeps the device open. Certificates do not store it: they are
    /// checked on the CPU.
    /// </summary>
    [JsonIgnore]
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>The domain, on the device.</summary>
    internal IBoundPropagator OnDevice => Device.Run(Propagator);

    /// <summary>The greatest number of boxes to bound; those to begin with are bounded in any case. Default 4000, at least 1.</summary>
    public int MaxBoxes { get; init; } = 4000;

    /// <summary>The time to stop after; what is open then is unknown. Default null: none. Positive.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The process's working set, in bytes, to stop at; what is open then is unknown. Default null: none. Positive.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>
    /// Each side of the parameter box is cut into this many parts to begin with, or fewer where that would be more than 4096 boxes. Default 1, at
    /// least 1.
    /// </summary>
    public int FirstCellsPerSide { get; init; } = 1;

    /// <summary>The greatest number of boxes bounded in one pass; more is faster for small networks and takes more memory. Default 2, at least 1.</summary>
    public int BoxesPerBatch { get; init; } = 2;

    /// <summary>How many passes run at once, each on one thread; the results do not depend on it. Default: the processors there are; at least 1.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Parameter values drawn at random in the first search for counterexamples, beside corners and centre. Default 64, at least 0.</summary>
    public int Samples { get; init; } = 64;

    /// <summary>Steps along the gradient that a search for counterexamples takes from each of its starts. Default 8, at least 0.</summary>
    public int GradientSteps { get; init; } = 8;

    /// <summary>How many images go through the network at once in these searches. Default 64, at least 1.</summary>
    public int ImagesPerBatch { get; init; } = 64;

    /// <summary>Whether to stop at an image's first counterexample; claims that are open then are unknown. Default false.</summary>
    public bool StopAtCounterexample { get; init; }

    /// <summary>The seed of the drawn parameter values. Default 0.</summary>
    public int Seed { get; init; }

    internal const int MostFirstBoxes = 4096;

    internal void Validate()
    {
        SoundPropagator.Require(Propagator);
        ArgumentNullException.ThrowIfNull(Device);
        SoundPropagator.Require(OnDevice);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBoxes, 1);
        if (TimeLimit is { } time)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(TimeLimit));
        if (MemoryLimit is { } bytes)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(MemoryLimit));
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstCellsPerSide, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BoxesPerBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Samples);
        ArgumentOutOfRangeException.ThrowIfNegative(GradientSteps);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerBatch, 1);
    }
}
