using RobustPruning.Perturbations;

namespace RobustPruning.Usn;

/// <summary>How the θ come about at which a network is measured.</summary>
internal abstract record ParameterRule
{
    /// <summary>The rule in words, for a metric's name.</summary>
    public abstract string Name { get; }

    /// <summary>The share of each part in the mean over all; with one part, nothing is drawn and means have no sampling error.</summary>
    public abstract IReadOnlyList<double> Shares { get; }

    /// <summary>The θ for one image.</summary>
    public abstract IEnumerable<ParameterSample> Draw(ParameterBox box, Random random);
}

/// <summary>
/// Two low-discrepancy sequences with shifts of their own. The product of the two parts' means estimates E[Δ]² without bias, whatever the
/// variance, where the square of one mean is too great by that mean's variance.
/// </summary>
internal sealed record QuasiRandomRule(int Samples) : ParameterRule
{
    public override string Name => $"{Samples} θ";

    public override IReadOnlyList<double> Shares => [(double)Count(0) / Samples, (double)Count(1) / Samples];

    public override IEnumerable<ParameterSample> Draw(ParameterBox box, Random random)
    {
        for (var part = 0; part < 2; part++)
        {
            double[] shift = [.. Enumerable.Range(0, box.Dimension).Select(_ => random.NextDouble())];
            foreach (var theta in LowDiscrepancySequence.Points(box, Count(part), shift))
                yield return new(theta, part, 1.0 / Count(part));
        }
    }

    private int Count(int part) => (Samples + 1 - part) / 2;
}
