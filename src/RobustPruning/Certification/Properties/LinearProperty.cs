using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>Linear constraints <c>A y ≤ b</c> on a network's output y, flattened in row-major order, one claim a row.</summary>
public sealed record LinearProperty : OutputProperty
{
    private readonly double[][] _weights;
    private readonly double[] _limits;
    private readonly string[]? _names;

    /// <summary>Creates the property.</summary>
    /// <param name="weights">
    /// The rows of A, each as long as the output; finite. They are rounded to 32-bit numbers, as the network's weights are.
    /// </param>
    /// <param name="limits">b, one number a row; finite.</param>
    /// <param name="names">A name for each row, for reports; optional.</param>
    /// <param name="fromReference">
    /// Whether the rows are about y less the reference, the clean prediction or the label: <c>A (y − y_ref) ≤ b</c>.
    /// </param>
    /// <exception cref="ArgumentException">There is no row, the lengths differ, or a number is not finite.</exception>
    public LinearProperty(
        IReadOnlyList<IReadOnlyList<double>> weights, IReadOnlyList<double> limits, IReadOnlyList<string>? names = null,
        bool fromReference = false)
    {
        FromReference = fromReference;
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(limits);

        // Weights of the layer that is bounded: any other rounding of them would be another claim.
        _weights = [.. weights.Select(row => row.Select(weight => (double)(float)weight).ToArray())];
        _limits = [.. limits];
        ConstraintRows.Require(_weights, _limits);
        if (names is not null && names.Count != weights.Count)
            throw new ArgumentException($"There are {names.Count} names for {weights.Count} rows.", nameof(names));
        _names = names is null ? null : [.. names];
    }

    /// <summary>The rows of A.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Weights => _weights;

    /// <summary>b, one number a row.</summary>
    public IReadOnlyList<double> Limits => _limits;

    /// <summary>
    /// Whether the rows are about the output less its reference: joint constraints on how keypoints move. A row about a missing label is
    /// not stated.
    /// </summary>
    public bool FromReference { get; }

    /// <summary>The rows' names; null if none were given.</summary>
    public IReadOnlyList<string>? Names => _names;

    /// <summary>A classifier's answer: <c>y_label − y_j ≥ margin</c> for every other class j, one claim each.</summary>
    /// <param name="classes">The number of outputs; at least 2.</param>
    /// <param name="label">The right class, from 0 on.</param>
    /// <param name="margin">By how much it is to win; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two classes, or no such class.</exception>
    public static LinearProperty Margins(int classes, int label, double margin = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, classes);
        int[] others = [.. Enumerable.Range(0, classes).Where(other => other != label)];
        return new LinearProperty(
            [.. others.Select(other => Enumerable.Range(0, classes).Select(k => k == other ? 1.0 : k == label ? -1 : 0).ToArray())],
            [.. others.Select(_ => -margin)],
            [.. others.Select(other => $"class {label} over {other}")]);
    }

    /// <inheritdoc/>
    public override string Name(int claim) => _names?[claim] ?? $"constraint {claim}";

    /// <summary>For example <c>9 linear constraints on 10 outputs</c>.</summary>
    public override string ToString() => $"{_weights.Length} linear constraints on {_weights[0].Length} outputs";

    internal override bool HasReference => FromReference;

    internal override void RequireOutput(GraphNode output)
    {
        if (output.Neurons != _weights[0].Length)
            throw new GraphException(
                output.Name,
                $"the output is [{string.Join(", ", output.Shape)}], but the constraints are on {_weights[0].Length} values.")
            {
                Value = output.Shape,
            };
    }

    internal override bool Fits(int outputs) => outputs == _weights[0].Length;

    internal override int Claims(int outputs) => _weights.Length;

    internal override double[] Values(IReadOnlyList<double> output) => ConstraintRows.Values(_weights, output);

    internal override int CountValues(int outputs) => _weights.Length;

    internal override IReadOnlyList<int> ValuesOf(int claim) => [claim];

    internal override Graph Extend(Graph network) => ClaimLayer.Append(network, _weights);

    internal override bool IsStated(IReadOnlyList<double> reference, int claim) =>
        !FromReference || !double.IsNaN(AtReference(reference, claim).Value);

    internal override double Violation(IReadOnlyList<double> values, IReadOnlyList<double> reference, int claim) =>
        values[claim] - (FromReference ? AtReference(reference, claim).Value : 0) - _limits[claim];

    internal override double WorstViolation(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> reference, int claim)
    {
        if (double.IsNaN(lower[claim]))
            return double.NaN;
        if (!FromReference)
            return upper[claim] - _limits[claim];
        var (value, rounding) = AtReference(reference, claim);
        return Math.BitIncrement(Math.BitIncrement(upper[claim] - value) - _limits[claim]) + rounding;
    }

    internal override Tensor Violations(Tensor values, IReadOnlyList<double> reference)
    {
        // Of no meaning where a label is missing, but no NaN, which would reach other rows through the gradient.
        double[] limits =
        [
            .. _limits.Select(
                (limit, row) => FromReference && AtReference(reference, row).Value is var at && !double.IsNaN(at) ? limit + at : limit),
        ];
        using var greatest = tensor(limits, dtype: values.dtype, device: values.device);
        return values - greatest;
    }

    internal override Tensor ViolationsOfOutputs(Tensor outputs, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();
        var rows = tensor(
            _weights.SelectMany(row => row).ToArray(),
            [_weights.Length, _weights[0].Length],
            dtype: outputs.dtype,
            device: outputs.device);
        return Violations(outputs.mm(rows.t()), reference).MoveToOuterDisposeScope();
    }

    /// <summary>A row's value at the reference, NaN where a label that it is about is missing, and how far that may be off.</summary>
    private (double Value, double Rounding) AtReference(IReadOnlyList<double> reference, int claim)
    {
        double value = 0, size = 0;
        foreach (var (weight, from) in _weights[claim].Zip(reference).Where(pair => pair.First != 0))
            (value, size) = (value + (weight * from), size + Math.Abs(weight * from));
        return (value, size * (_weights[claim].Length + 2) * (1.0 / (1L << 52)));
    }
}
