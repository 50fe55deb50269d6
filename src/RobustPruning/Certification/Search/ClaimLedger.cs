namespace RobustPruning.Certification;

/// <summary>Which claims about one image are still undecided, and the counterexamples of those that are broken.</summary>
/// <param name="property">The claims.</param>
/// <param name="reference">What distances are measured from.</param>
/// <param name="claims">How many claims there are.</param>
/// <param name="run">What the network itself gives at a sample, by a plain forward pass on that one image.</param>
internal sealed class ClaimLedger(OutputProperty property, IReadOnlyList<double> reference, int claims, Func<Sample, double[]> run)
{
    private readonly Counterexample?[] _found = new Counterexample?[claims];

    /// <summary>The counterexample of each claim, or null.</summary>
    public IReadOnlyList<Counterexample?> Counterexamples => _found;

    /// <summary>The claims that are stated and not broken.</summary>
    public IReadOnlyList<int> Undecided { get; private set; } =
    [.. Enumerable.Range(0, claims).Where(claim => property.IsStated(reference, claim))];

    /// <summary>Looks for counterexamples among samples; the worst of each claim counts if the network itself confirms it.</summary>
    public void Take(IReadOnlyList<Sample> samples)
    {
        var confirmed = new Dictionary<Sample, double[]>();
        foreach (var claim in Undecided)
        {
            if (Worst(samples, claim) is not { } worst || !(Violation(worst, claim) > 0))
                continue;
            if (!confirmed.TryGetValue(worst, out var given))
                confirmed[worst] = given = run(worst);
            var output = property.Read(given);
            var violation = property.Violation(property.Values(output, worst.Theta, reference), reference, claim);
            if (violation > 0)
                _found[claim] = new Counterexample(worst.Theta, output, violation, worst.Noise) { IsTie = property.IsTie(given, claim) };
        }

        Undecided = [.. Undecided.Where(claim => _found[claim] is null)];
    }

    /// <summary>The sample that comes closest to breaking a claim; null if there are no samples or none is a number.</summary>
    public Sample? Worst(IReadOnlyList<Sample> samples, int claim) =>
        samples
            .Where(sample => !double.IsNaN(Violation(sample, claim)))
            .MaxBy(sample => (Violation(sample, claim), sample.Scores?[claim] ?? 0));

    /// <summary>By how much a sample breaks a claim.</summary>
    public double Violation(Sample sample, int claim) => property.Violation(sample.Values, reference, claim);
}
