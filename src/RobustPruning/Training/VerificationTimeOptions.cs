using RobustPruning.Certification;

namespace RobustPruning.Training;

/// <summary>How <see cref="VerificationTimePruning"/> measures and when it stops.</summary>
public sealed record VerificationTimeOptions
{
    /// <summary>The time that deciding an image may take, as the median over <see cref="Images"/>. Default 1 s; positive.</summary>
    public TimeSpan Target { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many validation images, from the first on, are certified to measure the time. Default 4; at least 1.</summary>
    public int Images { get; init; } = 4;

    /// <summary>How many cuts there may be. Default 4; at least 1.</summary>
    public int MaxRounds { get; init; } = 4;

    /// <summary>The greatest share of a network's channels that one cut may remove. Default 0.7; in (0, 1).</summary>
    public double GreatestCut { get; init; } = 0.7;

    /// <summary>How images are certified. Its limits bound the time that is measured. Default: as a certifier works by itself.</summary>
    public CertifierOptions Certifier { get; init; } = new();

    internal void Validate()
    {
        if (Target <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(Target), Target, "The time must be positive.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Images, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRounds, 1);
        if (!(GreatestCut > 0 && GreatestCut < 1))
            throw new ArgumentOutOfRangeException(nameof(GreatestCut), GreatestCut, "The share must be in (0, 1).");
        ArgumentNullException.ThrowIfNull(Certifier);
        Certifier.Validate();
    }
}
