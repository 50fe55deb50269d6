using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// A search for a counterexample of one claim within a box: steps along the gradient of the violation, in units of the box's sides, each
/// half as long as the last once a step leads down.
/// </summary>
internal sealed class Climber(SemanticSet set, ParameterBox box, int claim, double[] start)
{
    private readonly double[] _halfWidths = box.HalfWidths;
    private double[] _best = start;
    private double[] _direction = [];
    private double _violation = double.NegativeInfinity;
    private double _length = 1;

    /// <summary>The claim to break.</summary>
    public int Claim => claim;

    /// <summary>The θ to try next: within the box, or where that is not meant, near it.</summary>
    public double[] Next { get; private set; } = start;

    /// <summary>Whether the claim is broken, or no direction leads up.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes in the violation at <see cref="Next"/> and its derivatives by θ.</summary>
    public void Take(double violation, IReadOnlyList<double> gradient)
    {
        if (violation > _violation)
            (_best, _violation, _direction) = (Next, violation, Uphill(Next, gradient));
        else
            _length /= 2;
        Next = set.Project([.. _best.Select(Step)]);
        IsDone = violation > 0 || Next.SequenceEqual(_best);
    }

    private double[] Uphill(double[] theta, IReadOnlyList<double> gradient)
    {
        // What leads out of the box is left out, so that the rest is not held up by it.
        double[] inside = [.. theta.Select((value, k) =>
            (gradient[k] > 0 && value >= box.Upper[k]) || (gradient[k] < 0 && value <= box.Lower[k]) ? 0 : gradient[k] * _halfWidths[k])];
        var steepest = inside.Max(Math.Abs);
        return steepest > 0 && inside.All(double.IsFinite) ? [.. inside.Select(slope => slope / steepest)] : new double[inside.Length];
    }

    private double Step(double value, int k) =>
        _direction.Length == 0 ? value : Math.Clamp(value + (_length * _halfWidths[k] * _direction[k]), box.Lower[k], box.Upper[k]);
}
