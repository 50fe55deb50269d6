using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// A search for a counterexample of one claim within a box: steps along the sign of the violation's gradient, in each parameter half as
/// long as before once its sign turns. On kinked slopes that gets nearer the top than steps along the gradient itself.
/// </summary>
internal sealed class Climber(SemanticSet set, ParameterBox box, int claim, double[] start)
{
    private readonly double[] _lengths = box.HalfWidths;
    private readonly int[] _signs = new int[start.Length];

    /// <summary>The claim to break.</summary>
    public int Claim => claim;

    /// <summary>The θ to try next: within the box, or where that is not meant, near it.</summary>
    public double[] Next { get; private set; } = start;

    /// <summary>Whether the claim is broken, or no step leads anywhere.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes in the violation at <see cref="Next"/> and its derivatives by θ.</summary>
    public void Take(double violation, IReadOnlyList<double> gradient)
    {
        var next = set.Project([.. Next.Select((value, k) => Step(value, gradient[k], k))]);
        IsDone = violation > 0 || next.SequenceEqual(Next);
        Next = next;
    }

    private double Step(double value, double slope, int k)
    {
        var sign = double.IsNaN(slope) ? 0 : Math.Sign(slope);
        if (sign * _signs[k] < 0)
            _lengths[k] /= 2;
        _signs[k] = sign;
        return Math.Clamp(value + (_lengths[k] * sign), box.Lower[k], box.Upper[k]);
    }
}
