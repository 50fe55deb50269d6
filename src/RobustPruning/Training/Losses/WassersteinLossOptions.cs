namespace RobustPruning.Training;

/// <summary>The weights and exponents of a <see cref="WassersteinLoss"/>.</summary>
public sealed record WassersteinLossOptions
{
    /// <summary>The order p of the distance W_p. Default 2; at least 1.</summary>
    public double Order { get; init; } = 2;

    /// <summary>The weight of the deviation term. Default 1; not negative.</summary>
    public double DeviationWeight { get; init; } = 1;

    /// <summary>The weight of the concentration term. Default 1; not negative.</summary>
    public double ConcentrationWeight { get; init; } = 1;

    /// <summary>
    /// The pruning ratio to come: the share of channels that the concentration term pulls together for the cut. Default 0.5; in [0, 1).
    /// </summary>
    public double RatioToCome { get; init; } = 0.5;

    internal void Validate()
    {
        WassersteinDistance.RequireOrder(Order, nameof(Order));
        TrainingLoss.RequireWeight(DeviationWeight, nameof(DeviationWeight));
        TrainingLoss.RequireWeight(ConcentrationWeight, nameof(ConcentrationWeight));
        if (!(RatioToCome >= 0 && RatioToCome < 1))
            throw new ArgumentOutOfRangeException(nameof(RatioToCome), RatioToCome, "The ratio is in [0, 1).");
    }
}
