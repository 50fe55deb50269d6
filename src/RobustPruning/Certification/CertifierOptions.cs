using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>How a <see cref="Certifier"/> works.</summary>
public sealed record CertifierOptions
{
    /// <summary>The domain that bounds the network. Default: the semantic interval domain with all symbols kept.</summary>
    public IBoundPropagator Propagator { get; init; } = new SemanticIntervalPropagator(SymbolBudget.All);

    /// <summary>Each side of the parameter box is cut into this many parts, so that this number to the power of d boxes are bounded, one by one. Default 1, at least 1.</summary>
    public int CellsPerSide { get; init; } = 1;

    /// <summary>How many boxes are bounded in one pass; more is faster for small networks and takes more memory. Default 1, at least 1.</summary>
    public int BoxesPerBatch { get; init; } = 1;

    /// <summary>Parameter values drawn at random in the search for counterexamples, beside corners and centre. Default 256, at least 0.</summary>
    public int Samples { get; init; } = 256;

    /// <summary>How many images go through the network at once in that search. Default 64, at least 1.</summary>
    public int ImagesPerBatch { get; init; } = 64;

    /// <summary>The seed of the drawn parameter values. Default 0.</summary>
    public int Seed { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Propagator);
        ArgumentOutOfRangeException.ThrowIfLessThan(CellsPerSide, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BoxesPerBatch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerBatch, 1);
    }
}
