namespace KeypointRobustness.Reproduction;

/// <summary>One training to compare.</summary>
/// <param name="Row">The name of its <see cref="MethodRow"/>.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Light">The name of the change of light.</param>
/// <param name="Ratio">The pruning ratio; 0 for an unpruned network.</param>
/// <param name="Weight">The weight of the added loss, relative to the task's; 0 without.</param>
/// <param name="Seed">The seed of weights, order of images and drawn parameters.</param>
internal sealed record ReproductionRun(string Row, string Network, string Light, double Ratio, double Weight, int Seed)
{
    /// <summary>A name that no other run has, fit for files.</summary>
    public string Name => FormattableString.Invariant($"{Row}.{Network}.{Light}.ratio{Ratio}.weight{Weight}.seed{Seed}");
}
