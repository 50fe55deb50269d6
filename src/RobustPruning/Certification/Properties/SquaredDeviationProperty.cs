using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// One claim about all keypoints together: the squares of their distances from the reference add up to a limit at most. A keypoint without
/// a label counts for nothing. The output is <c>x₀, y₀, x₁, y₁, ...</c> in pixels, as for a <see cref="KeypointProperty"/>.
/// </summary>
public sealed record SquaredDeviationProperty : OutputProperty
{
    // A square and a sum are rounded once each, for some thousand keypoints.
    private const double Outward = 1 + 1e-12;

    /// <summary>Creates the property.</summary>
    /// <param name="limit">The greatest sum of squared distances, in pixels²; positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public SquaredDeviationProperty(double limit) => Limit = limit > 0 && double.IsFinite(limit)
        ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "The limit must be positive and finite.");

    /// <summary>The greatest sum of squared distances, in pixels².</summary>
    public double Limit { get; }

    /// <inheritdoc/>
    public override string Name(int claim) => "squared deviations";

    /// <summary>For example <c>squared deviations up to 16 px²</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"squared deviations up to {Limit} px²");

    internal override bool HasReference => true;

    internal override bool LooksAtDistances => true;

    internal override void RequireOutput(GraphNode output) => new KeypointProperty(1).RequireOutput(output);

    internal override bool Fits(int outputs) => outputs > 0 && outputs % 2 == 0;

    internal override int Claims(int outputs) => 1;

    internal override int CountValues(int outputs) => outputs;

    internal override double[] Values(IReadOnlyList<double> output) => [.. output];

    // All of them; a claim does not know how many there are.
    internal override IReadOnlyList<int> ValuesOf(int claim) => [];

    internal override Graph Extend(Graph network) => network.Flattened();

    internal override bool IsStated(IReadOnlyList<double> reference, int claim) => reference.Chunk(2).Any(IsKnown);

    internal override double Violation(IReadOnlyList<double> values, IReadOnlyList<double> reference, int claim) =>
        Sum(reference, value => Math.Abs(values[value] - reference[value])) - Limit;

    internal override double WorstViolation(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> reference, int claim) =>
        (Sum(reference, value => Math.Max(upper[value] - reference[value], reference[value] - lower[value])) * Outward) - Limit;

    internal override double WorstViolationAt(IReadOnlyList<double> distances, IReadOnlyList<double> reference, int claim) =>
        (
            distances
                .Where((_, keypoint) => IsKnown([reference[2 * keypoint], reference[(2 * keypoint) + 1]]))
                .Sum(distance => distance * distance) * Outward) - Limit;

    internal override Tensor Violations(Tensor values, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();
        var known = tensor(
            reference.Chunk(2).SelectMany(pair => Enumerable.Repeat(IsKnown(pair) ? 1.0 : 0, 2)).ToArray(),
            dtype: values.dtype,
            device: values.device);
        var from = tensor(
            reference.Select(coordinate => double.IsNaN(coordinate) ? 0 : coordinate).ToArray(),
            dtype: values.dtype,
            device: values.device);
        return (((values - from) * known).Squared().sum([1], keepdim: true) - Scalars.Of(Limit)).MoveToOuterDisposeScope();
    }

    private static bool IsKnown(double[] position) => !double.IsNaN(position[0]) && !double.IsNaN(position[1]);

    /// <summary>The sum over labelled keypoints of the squares of both coordinates' distances.</summary>
    private static double Sum(IReadOnlyList<double> reference, Func<int, double> distance)
    {
        var sum = 0.0;
        for (var x = 0; x < reference.Count; x += 2)
        {
            if (IsKnown([reference[x], reference[x + 1]]))
                sum += Square(distance(x)) + Square(distance(x + 1));
        }

        return sum;
    }

    private static double Square(double value) => value * value;
}
