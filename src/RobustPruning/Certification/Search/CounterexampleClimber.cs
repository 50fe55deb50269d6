using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// A search for a counterexample of one claim within a box: steps along the sign of the violation's gradient, in each parameter and in the
/// noise of each value half as long as before once its sign turns. On kinked slopes that gets nearer the top than steps along the gradient
/// itself.
/// </summary>
/// <param name="set">The set.</param>
/// <param name="box">Where to look.</param>
/// <param name="claim">The claim to break.</param>
/// <param name="start">The θ to begin with.</param>
/// <param name="radii">How far noise moves each value; none where there is no noise.</param>
/// <param name="random">Draws the noise to begin with; null to begin with none.</param>
internal sealed class CounterexampleClimber(
    SemanticSet set, ParameterBox box, int claim, double[] start, double[] radii, Random? random = null)
{
    private readonly double[] _lengths = [.. box.HalfWidths, .. radii];
    private readonly int[] _signs = new int[box.Dimension + radii.Length];

    /// <summary>The claim to break.</summary>
    public int Claim => claim;

    /// <summary>The θ to try next: within the box, or where that is not meant, near it.</summary>
    public double[] Next { get; private set; } = start;

    /// <summary>The noise to try next, one number a value; none where there is no noise.</summary>
    public double[] Noise { get; private set; } =
    [.. radii.Select(radius => random is null ? 0 : radius * ((2 * random.NextDouble()) - 1))];

    /// <summary>What was seen so far, in order.</summary>
    public List<Sample> Seen { get; } = [];

    /// <summary>Whether the claim is broken, or no step leads anywhere.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes in the violation at <see cref="Next"/> and its derivatives by θ and by the noise.</summary>
    public void Take(double violation, IReadOnlyList<double> gradient, IReadOnlyList<double> noiseGradient)
    {
        var next = set.Project([.. Next.Select((value, k) => Step(value, gradient[k], k, box.Lower[k], box.Upper[k]))]);
        double[] noise =
        [
            .. Noise.Select((value, entry) => Step(value, noiseGradient[entry], box.Dimension + entry, -radii[entry], radii[entry])),
        ];
        IsDone = violation > 0 || (next.SequenceEqual(Next) && noise.SequenceEqual(Noise));
        (Next, Noise) = (next, noise);
    }

    private double Step(double value, double slope, int k, double lower, double upper)
    {
        var sign = double.IsNaN(slope) ? 0 : Math.Sign(slope);
        if (sign * _signs[k] < 0)
            _lengths[k] /= 2;
        _signs[k] = sign;
        return Math.Clamp(value + (_lengths[k] * sign), lower, upper);
    }
}
