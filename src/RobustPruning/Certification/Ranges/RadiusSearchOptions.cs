namespace RobustPruning.Certification;

/// <summary>How a <see cref="RadiusSearch"/> works, and when it stops.</summary>
public sealed record RadiusSearchOptions
{
    /// <summary>How each factor is tried; its limits are for one factor. Default: the certifier's defaults.</summary>
    public CertifierOptions Certifier { get; init; } = new();

    /// <summary>
    /// The relative tolerance: it stops once the certified factor is at most this share below one that is not. Default 0.01; in (0, 1).
    /// </summary>
    public double Tolerance { get; init; } = 0.01;

    /// <summary>Factors below this are not tried; a certified factor of 0 means less. Default 0.001; in (0, 1].</summary>
    public double LeastFactor { get; init; } = 0.001;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Certifier);
        if (!(Tolerance > 0 && Tolerance < 1))
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "The tolerance is in (0, 1).");
        if (!(LeastFactor > 0 && LeastFactor <= 1))
            throw new ArgumentOutOfRangeException(nameof(LeastFactor), LeastFactor, "The least factor is in (0, 1].");
    }
}
