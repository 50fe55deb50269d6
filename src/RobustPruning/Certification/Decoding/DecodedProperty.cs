using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// A property of the keypoints that a decoder reads off a network's heatmaps: they keep a tolerance (<see cref="KeypointProperty"/>),
/// linear constraints on all of them hold (<see cref="LinearProperty"/>), or their squared deviations add up to a limit at most
/// (<see cref="SquaredDeviationProperty"/>). Labels, predictions, ranges and counterexamples are keypoints <c>[2K]</c> in pixels.
/// </summary>
/// <remarks>
/// Certified means that wherever a map is greatest, on every image of the set, the property holds. Cells that 32-bit evaluation cannot tell
/// apart, within 5·10⁻⁵ of 1 + the map's greatest size, count as equally great: at such a tie both must keep the property.
/// </remarks>
public sealed record DecodedProperty : OutputProperty
{
    /// <summary>Creates the property.</summary>
    /// <param name="decoder">Reads the keypoints.</param>
    /// <param name="positions">What is to hold for them.</param>
    /// <exception cref="ArgumentException">The property is of another kind, or about another number of values.</exception>
    public DecodedProperty(HeatmapDecoder decoder, OutputProperty positions)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(positions);
        if (positions is not (KeypointProperty or LinearProperty or SquaredDeviationProperty))
            throw new ArgumentException(
                $"'{positions}' is no property of decoded keypoints; tolerances, linear constraints and squared deviations are.",
                nameof(positions));
        if (positions is KeypointProperty { Moves: true })
            throw new ArgumentException(
                "Decoded keypoints cannot follow a scene that moves: the tolerance is of keypoints that stay.",
                nameof(positions));
        if (!positions.Fits(2 * decoder.Keypoints))
            throw new ArgumentException(
                $"'{positions}' is not about the {2 * decoder.Keypoints} coordinates of {decoder.Keypoints} keypoints.",
                nameof(positions));
        (Decoder, Positions) = (decoder, positions);
    }

    /// <summary>Reads the keypoints.</summary>
    public HeatmapDecoder Decoder { get; }

    /// <summary>What is to hold for them.</summary>
    public OutputProperty Positions { get; }

    /// <inheritdoc/>
    public override string Name(int claim) => Positions.Name(claim);

    /// <summary>For example <c>keypoints within 2 px (LInfinity), by arg max of 4 maps of 16x16</c>.</summary>
    public override string ToString() => $"{Positions}, by {Decoder}";

    internal override bool HasReference => Positions.HasReference;

    internal override KeypointProperty? Keypoints => Positions as KeypointProperty;

    internal override OutputProperty With(KeypointProperty keypoints) => new DecodedProperty(Decoder, keypoints);

    internal override void RequireSet(SemanticSet set, IReadOnlyList<long> image)
    {
        if (set.Transforms.FirstOrDefault(transform => transform is IMovesScene) is { } mover)
            throw new ArgumentException(
                $"Decoded keypoints cannot follow a scene that moves, but '{mover.Parameters[0].Name}' moves it.",
                nameof(set));
    }

    internal override void RequireOutput(GraphNode output) => Decoder.RequireOutput(output);

    internal override bool Fits(int outputs) => outputs == 2 * Decoder.Keypoints;

    internal override int Claims(int outputs) => Positions.Claims(outputs);

    internal override double[] Read(double[] output) => Decoder.Decode(output);

    internal override double[] Values(IReadOnlyList<double> output) => Positions.Values(output);

    // The distances of whole candidates are kept too: those of the rectangle around them would be greater.
    internal override double[] Values(IReadOnlyList<double> output, IReadOnlyList<double> reference) =>
        Positions.LooksAtDistances
            ?
            [
                .. Positions.Values(output),
                .. Enumerable
                    .Range(0, Decoder.Keypoints)
                    .Select(keypoint =>
                        double.Hypot(
                            output[2 * keypoint] - Known(reference, 2 * keypoint),
                            output[(2 * keypoint) + 1] - Known(reference, (2 * keypoint) + 1))),
            ]
            : Positions.Values(output);

    internal override int CountValues(int outputs) => Positions.CountValues(outputs) + (Positions.LooksAtDistances ? Decoder.Keypoints : 0);

    internal override IReadOnlyList<int> ValuesOf(int claim) => Positions.ValuesOf(claim);

    internal override Graph Extend(Graph network) => network.Flattened();

    internal override bool IsStated(IReadOnlyList<double> reference, int claim) => Positions.IsStated(reference, claim);

    internal override double Violation(IReadOnlyList<double> values, IReadOnlyList<double> reference, int claim) =>
        Positions.Violation(values, reference, claim);

    internal override double WorstViolation(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> reference, int claim)
    {
        if (!Positions.LooksAtDistances)
            return Positions.WorstViolation(lower, upper, reference, claim);
        double[] distances = [.. upper.Skip(2 * Decoder.Keypoints)];
        return Positions.WorstViolationAt(distances, reference, claim);
    }

    internal override Tensor Violations(Tensor values, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();
        return (Decoder.Decoding != HeatmapDecoding.SoftArgMax && Positions is KeypointProperty keypoints
            ? CellMargins.Of(Decoder, keypoints, values, reference)
            : Positions.ViolationsOfOutputs(SoftPositions.Of(Decoder, values), reference)).MoveToOuterDisposeScope();
    }

    internal override double[]? Uncertainty(IReadOnlyList<double> output) => DecodedTies.Terms(this, output);

    internal override bool IsTie(IReadOnlyList<double> output, int claim) => DecodedTies.IsNear(this, output, claim);

    /// <summary>The bounds of all values where each keypoint may be anywhere in its set, rounded outwards.</summary>
    internal (double[] Lower, double[] Upper) Reach(IReadOnlyList<PositionSet> sets, IReadOnlyList<double> reference)
    {
        if (Positions is LinearProperty linear)
        {
            var rows = linear.Weights.Select(row => Row(row, sets)).ToList();
            return ([.. rows.Select(row => row.Lower)], [.. rows.Select(row => row.Upper)]);
        }

        var hulls = sets.Select(set => set.Hull()).ToList();
        var (lower, upper) = (
            hulls.SelectMany(hull => new[] { hull.LowerX, hull.LowerY }),
            hulls.SelectMany(hull => new[] { hull.UpperX, hull.UpperY }));
        if (!Positions.LooksAtDistances)
            return ([.. lower], [.. upper]);
        return (
            [
                .. lower,
                .. sets.Select(
                    (set, k) => set.Ranges.Min(range => range.LeastDistance(Known(reference, 2 * k), Known(reference, (2 * k) + 1)))),
            ],
            [
                .. upper,
                .. sets.Select((set, k) => set.Ranges.Max(range => range.Distance(Known(reference, 2 * k), Known(reference, (2 * k) + 1)))),
            ]);
    }

    // Nobody asks for the distance from a label that is missing.
    private static double Known(IReadOnlyList<double> reference, int value) => double.IsNaN(reference[value]) ? 0 : reference[value];

    private static (double Lower, double Upper) Row(IReadOnlyList<double> weights, IReadOnlyList<PositionSet> sets)
    {
        double lower = 0, upper = 0;
        foreach (var (keypoint, set) in sets.Index())
        {
            if (weights[2 * keypoint] == 0 && weights[(2 * keypoint) + 1] == 0)
                continue;
            var (least, most) = set.Combined(weights[2 * keypoint], weights[(2 * keypoint) + 1]);
            (lower, upper) = (Math.BitDecrement(lower + least), Math.BitIncrement(upper + most));
        }

        return (lower, upper);
    }
}
