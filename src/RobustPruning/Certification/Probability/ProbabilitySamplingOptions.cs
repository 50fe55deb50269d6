namespace RobustPruning.Certification;

/// <summary>How <see cref="ProbabilitySampling"/> works.</summary>
public sealed record ProbabilitySamplingOptions
{
    /// <summary>The number of θ drawn. Default 1000, at least 1.</summary>
    public int Samples { get; init; } = 1000;

    /// <summary>The confidence of each interval. Default 0.99, in (0, 1).</summary>
    public double Confidence { get; init; } = 0.99;

    /// <summary>How many images go through the network at once. Default 64, at least 1.</summary>
    public int ImagesPerBatch { get; init; } = 64;

    /// <summary>The seed of the drawn θ and noise. Default 0.</summary>
    public int Seed { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Samples, 1);
        if (!(Confidence > 0 && Confidence < 1))
            throw new ArgumentOutOfRangeException(nameof(Confidence), Confidence, "The confidence must be between 0 and 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerBatch, 1);
    }
}
