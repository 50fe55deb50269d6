using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// One claim a keypoint: it stays within a tolerance of the reference, which is the clean prediction or the label. A network's output is
/// <c>x₀, y₀, x₁, y₁, ...</c> in pixels, as a vector <c>[2K]</c> or as <c>[K, 2]</c>.
/// </summary>
public sealed record KeypointProperty : OutputProperty
{
    // A distance is computed with four roundings of at most 2^-53 each.
    private const double Outward = 1 + 1e-15;

    /// <summary>Creates the property.</summary>
    /// <param name="tolerance">How far a keypoint may be from its reference and still be correct, in pixels; positive and finite.</param>
    /// <param name="norm">How that distance is measured.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not positive and finite, or the norm is unknown.</exception>
    public KeypointProperty(double tolerance, KeypointNorm norm = KeypointNorm.LInfinity)
    {
        if (!(tolerance > 0) || double.IsInfinity(tolerance))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be positive and finite.");
        Tolerance = tolerance;
        Norm = Enum.IsDefined(norm) ? norm : throw new ArgumentOutOfRangeException(nameof(norm), norm, "Unknown norm.");
    }

    /// <summary>How far a keypoint may be from its reference and still be correct, in pixels.</summary>
    public double Tolerance { get; }

    /// <summary>How that distance is measured.</summary>
    public KeypointNorm Norm { get; }

    /// <summary>Whether true positions move with the scene: see <see cref="MovingWith"/>.</summary>
    public bool Moves => Motion is not null;

    /// <summary>How true positions move; null if they stay.</summary>
    internal KeypointMotion? Motion { get; init; }

    /// <summary>
    /// The same property of a scene that moves: an <see cref="AffineWarp"/> takes the references along, and a keypoint is to stay within
    /// the tolerance of where its reference has gone. Bounds of such keypoints, in leaves and results, are of the output less that move.
    /// </summary>
    /// <param name="set">The set with one warp.</param>
    /// <param name="height">The image's height in pixels.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <exception cref="ArgumentException">There is no warp in the set, or several.</exception>
    public KeypointProperty MovingWith(SemanticSet set, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return this with
        {
            Motion =
                KeypointMotion.Of(set, height, width) ?? throw new ArgumentException($"Nothing moves the scene in '{set}'.", nameof(set)),
        };
    }

    /// <summary>Keypoints along both axes, moving with the scene where a warp moves it.</summary>
    internal static KeypointProperty Of(double tolerance, SemanticSet set, Graph network)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(network);
        return new(tolerance) { Motion = KeypointMotion.Of(set, network) };
    }

    /// <summary>The distance of a keypoint from its reference in pixels; NaN without a reference.</summary>
    /// <param name="output">Coordinates <c>[2K]</c> in pixels.</param>
    /// <param name="reference">Coordinates <c>[2K]</c> in pixels, NaN where missing.</param>
    /// <param name="keypoint">The keypoint's index k.</param>
    public double Distance(IReadOnlyList<double> output, IReadOnlyList<double> reference, int keypoint)
    {
        int x = 2 * keypoint, y = x + 1;
        return Length(Math.Abs(output[x] - reference[x]), Math.Abs(output[y] - reference[y]));
    }

    /// <inheritdoc/>
    public override string Name(int claim) => $"keypoint {claim}";

    /// <summary>For example <c>keypoints within 2 px (LInfinity)</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"keypoints within {Tolerance} px ({Norm}){(Moves ? " of where the scene moves them" : "")}");

    internal override bool HasReference => true;

    internal override void RequireOutput(GraphNode output)
    {
        // [2K] among axes of size 1, or [K, 2] behind them.
        var isVector = output.Shape.Count(size => size != 1) <= 1;
        var isPairs = output.Shape.SkipWhile(size => size == 1).Count() <= 2 && output.Shape[^1] == 2;
        if (output.Neurons % 2 != 0 || !(isVector || isPairs))
        {
            throw new GraphException(
                output.Name,
                $"the output [{string.Join(", ", output.Shape)}] is not pairs of coordinates [2K] or [K, 2]"
                    + (output.Shape.Count == 3 ? "; heatmaps need a decoder." : "."))
            {
                Value = output.Shape,
            };
        }
    }

    internal override bool Fits(int outputs) => outputs > 0 && outputs % 2 == 0;

    internal override int Claims(int outputs) => outputs / 2;

    internal override int CountValues(int outputs) => outputs;

    internal override KeypointProperty? Keypoints => this;

    internal override bool LooksAtDistances => Norm == KeypointNorm.Euclidean;

    internal override double WorstViolationAt(IReadOnlyList<double> distances, IReadOnlyList<double> reference, int claim) =>
        distances[claim] - Tolerance;

    internal override double[] Values(IReadOnlyList<double> output) => [.. output];

    internal override double[] Values(IReadOnlyList<double> output, IReadOnlyList<double> theta, IReadOnlyList<double> reference)
    {
        double[] values = [.. output];
        for (var x = 0; Motion is not null && x < values.Length; x += 2)
        {
            var move = Motion.At(theta, reference[x], reference[x + 1]);
            (values[x], values[x + 1]) = (values[x] - move.X, values[x + 1] - move.Y);
        }

        return values;
    }

    internal override Tensor BatchValues(Tensor given, Tensor theta, IReadOnlyList<double> reference)
    {
        if (Motion is null)
            return given;
        using var scope = NewDisposeScope();
        return (given - Motion.Of(theta, reference).to(given.dtype)).MoveToOuterDisposeScope();
    }

    internal override (double[] Lower, double[] Upper) Bounds(
        double[] lower, double[] upper, ParameterBox box, IReadOnlyList<double> reference)
    {
        if (Motion is null)
            return (lower, upper);
        double[] least = [.. lower], most = [.. upper];
        for (var x = 0; x < least.Length; x += 2)
        {
            var (moveX, moveY) = Motion.Enclose(box, reference[x], reference[x + 1]);
            (least[x], most[x]) = (Math.BitDecrement(lower[x] - moveX.Upper), Math.BitIncrement(upper[x] - moveX.Lower));
            (least[x + 1], most[x + 1]) = (Math.BitDecrement(lower[x + 1] - moveY.Upper), Math.BitIncrement(upper[x + 1] - moveY.Lower));
        }

        return (least, most);
    }

    internal override void RequireSet(SemanticSet set, IReadOnlyList<long> image) => Motion?.Require(set, image);

    internal override IReadOnlyList<int> ValuesOf(int claim) => [2 * claim, (2 * claim) + 1];

    internal override Graph Extend(Graph network) => network.Flattened();

    internal override bool IsStated(IReadOnlyList<double> reference, int claim) =>
        !double.IsNaN(reference[2 * claim]) && !double.IsNaN(reference[(2 * claim) + 1]);

    internal override double Violation(IReadOnlyList<double> values, IReadOnlyList<double> reference, int claim) =>
        Distance(values, reference, claim) - Tolerance;

    internal override double WorstViolation(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> reference, int claim)
    {
        return (Length(Reach(2 * claim), Reach((2 * claim) + 1)) * Outward) - Tolerance;

        double Reach(int value) => Math.Max(upper[value] - reference[value], reference[value] - lower[value]);
    }

    internal override Tensor Violations(Tensor values, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();

        // A NaN would reach other keypoints through the gradient.
        var known = reference.Select(coordinate => double.IsNaN(coordinate) ? 0 : coordinate).ToArray();
        var moved = (values - tensor(known, dtype: values.dtype, device: values.device)).reshape(values.shape[0], -1, 2);
        var distance = Norm == KeypointNorm.LInfinity ? moved.abs().amax(-1) : moved.Squared().sum([2]).Plus(Scalars.Of(1e-12)).sqrt();
        return (distance - Scalars.Of(Tolerance)).MoveToOuterDisposeScope();
    }

    // Squares of small numbers would vanish.
    private double Length(double x, double y) => Norm == KeypointNorm.LInfinity ? Math.Max(x, y) : double.Hypot(x, y);
}
