namespace RobustPruning.Certification;

/// <summary>A region of outputs y that is to be avoided: all of its rows <c>A y ≤ b</c> hold there. Its edge belongs to it.</summary>
public sealed record OutputRegion
{
    private readonly double[][] _weights;
    private readonly double[] _limits;

    /// <summary>Creates the region.</summary>
    /// <param name="weights">The rows of A, each as long as the output; finite.</param>
    /// <param name="limits">b, one number a row; finite.</param>
    /// <exception cref="ArgumentException">There is no row, the lengths differ, or a number is not finite.</exception>
    public OutputRegion(IReadOnlyList<IReadOnlyList<double>> weights, IReadOnlyList<double> limits)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(limits);
        ConstraintRows.Require(weights, limits);
        _weights = [.. weights.Select(row => row.ToArray())];
        _limits = [.. limits];
    }

    /// <summary>The rows of A.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Weights => _weights;

    /// <summary>b, one number a row.</summary>
    public IReadOnlyList<double> Limits => _limits;

    /// <summary>For example <c>3 constraints on 5 outputs</c>.</summary>
    public override string ToString() => $"{_weights.Length} constraints on {_weights[0].Length} outputs";
}
