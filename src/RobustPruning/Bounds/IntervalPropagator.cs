using RobustPruning.Numerics;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Interval bound propagation (IBP): every value in an interval of its own, all relations between values forgotten. The cheapest and
/// loosest domain; a baseline, and a fast loss for certified training.
/// </summary>
/// <param name="outward">
/// Whether what rounding may lose is added, so that the bounds hold for the network in real numbers; false is for training losses.
/// </param>
public sealed class IntervalPropagator(bool outward = true) : IInterruptiblePropagator
{
    /// <inheritdoc/>
    public string Name => outward ? "interval" : "interval, unrounded";

    /// <summary>Whether what rounding may lose is added; bounds without it certify nothing.</summary>
    public bool Outward => outward;

    /// <inheritdoc/>
    public NetworkBounds Propagate(Graph graph, PerturbedImages images) =>
        ((IInterruptiblePropagator)this).Propagate(graph, images, () => false)!;

    /// <inheritdoc/>
    NetworkBounds? IInterruptiblePropagator.Propagate(Graph graph, PerturbedImages images, Func<bool> stop)
    {
        graph.RequireShape(images.Centre);
        using var scope = NewDisposeScope();
        var recorder = new BoundsRecorder(graph);
        var output = graph.Evaluate<Interval?>(
            InputInterval(images, outward ? float64 : graph.WeightType ?? images.Centre.dtype),
            (node, inputs) => inputs.Any(input => input is null) || stop() ? null : Step(node, inputs!, recorder),
            (_, interval) => interval?.Dispose());
        return output is null ? null : recorder.Finish(output.Lower, output.Upper);
    }

    private Interval InputInterval(PerturbedImages images, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor centre = images.Centre.to(type), radius = images.Generators.to(type).abs().sum(1);
        if (outward)
            radius = radius.Plus(Scalars.Of(images.RoundingError));
        if (images.Radius is not null)
            radius = radius.Plus(images.Radius.to(type));
        var interval = Widened(new Interval(centre - radius, centre.Plus(radius)));
        return (
            images.Clip
                ? new Interval(interval.Lower.clamp(Scalars.Of(0), Scalars.Of(1)), interval.Upper.clamp(Scalars.Of(0), Scalars.Of(1)))
                : interval).MoveOut();
    }

    private Interval Step(GraphNode node, IReadOnlyList<Interval> inputs, BoundsRecorder recorder)
    {
        if (node is ActivationNode activation)
            recorder.Record(activation.PreActivation, inputs[0].Lower, inputs[0].Upper);
        using var scope = NewDisposeScope();
        return Value(node, inputs).MoveOut();
    }

    private Interval Value(GraphNode node, IReadOnlyList<Interval> inputs)
    {
        var input = inputs[0];
        switch (node)
        {
            case AffineNode affine:
                return Known(
                    Widened(Affine(affine, input.Lower.Plus(input.Upper) / Scalars.Of(2), (input.Upper - input.Lower) / Scalars.Of(2))));

            case ReluNode or ClipNode:
                return Range((ActivationNode)node, input);

            case ActivationNode activation:
                return Widened(Range(activation, input));

            // These grow with each of their inputs.
            case MaxPoolNode pool:
                return new Interval(pool.Pool(input.Lower), pool.Pool(input.Upper));

            case AdditionNode:
            {
                // A sum may be much smaller than what it lost on its way.
                var sum = new Interval(
                    node.Forward([.. inputs.Select(interval => interval.Lower)]),
                    node.Forward([.. inputs.Select(interval => interval.Upper)]));
                return outward
                    ? Widened(sum, node.Forward([.. inputs.Select(interval => interval.Lower.abs().Plus(interval.Upper.abs()))]))
                    : sum;
            }

            case SoftmaxNode:
            {
                var (least, greatest) = Softmax.Range(input.Lower, input.Upper, input.Upper.amax([2, 3], keepdim: true));
                return new Interval(least, greatest);
            }

            case ProductNode:
            {
                var other = inputs[1];
                Tensor[] corners =
                [
                    input.Lower * other.Lower, input.Lower * other.Upper, input.Upper * other.Lower, input.Upper * other.Upper,
                ];
                return Known(
                    Widened(
                        new Interval(
                            corners.Aggregate((least, corner) => least.minimum(corner)),
                            corners.Aggregate((most, corner) => most.maximum(corner)))));
            }

            case ConcatenationNode:
                return new Interval(
                    node.Forward([.. inputs.Select(interval => interval.Lower)]),
                    node.Forward([.. inputs.Select(interval => interval.Upper)]));

            default:
                throw BoundsRecorder.Unknown(node, "interval");
        }
    }

    private Interval Affine(AffineNode node, Tensor centre, Tensor radius)
    {
        // What centre and radius lost, and what the sums of the layer's terms will lose, goes through |W| with the radius.
        var loss = node.Loss(centre.dtype);
        var moved = node.Affine(centre);
        var spread = node.Absolute(outward ? radius.Plus(centre.abs().Plus(radius) * Scalars.Of(loss)) : radius);
        if (outward && node.Shift(centre) is { } shift)
            spread = spread.Plus(shift.abs() * Scalars.Of(loss));
        if (outward && node.ShiftError is { } error)
            spread = spread.Plus(error);
        return new Interval(moved - spread, moved.Plus(spread));
    }

    /// <summary>Moved outwards by a few roundings, if they count.</summary>
    /// <summary>What has overflowed may be any number: zero times it, and its difference from itself, are NaN.</summary>
    private static Interval Known(Interval interval)
    {
        Tensor unknown = interval.Lower.isnan().logical_or(interval.Upper.isnan()),
            infinity = full_like(interval.Upper, Scalars.Of(double.PositiveInfinity));
        return new Interval(where(unknown, -infinity, interval.Lower), where(unknown, infinity, interval.Upper));
    }

    private Interval Widened(Interval interval) => outward ? Widened(interval, interval.Lower.abs().Plus(interval.Upper.abs())) : interval;

    private static Interval Widened(Interval interval, Tensor magnitude)
    {
        var loss = (magnitude * Scalars.Of(Rounding.Arithmetic)).Plus(Scalars.Of(Rounding.Underflow(magnitude)));
        return new Interval(interval.Lower - loss, interval.Upper.Plus(loss));
    }

    private static Interval Range(ActivationNode node, Interval input)
    {
        Tensor atLower = node.Apply(input.Lower), atUpper = node.Apply(input.Upper);
        switch (node)
        {
            case ReluNode or ClipNode:
                return new Interval(atLower, atUpper);

            // Below zero it may fall.
            case LeakyReluNode { NegativeSlope: < 0 }:
            {
                var turns = input.Lower.lt(Scalars.Of(0)).logical_and(input.Upper.gt(Scalars.Of(0)));
                return new Interval(where(turns, zeros_like(atLower), atLower.minimum(atUpper)), atLower.maximum(atUpper));
            }

            case LeakyReluNode:
                return new Interval(atLower, atUpper);

            case ScalarFunctionNode function:
                return OfSmooth(function, input, atLower, atUpper);

            // 32-bit exponentials are off by an ulp or two.
            case SigmoidNode or TanhNode:
            {
                var unit = 4 * Rounding.Epsilon(atLower);
                return new Interval(atLower - (atLower.abs() * Scalars.Of(unit)), atUpper.Plus(atUpper.abs() * Scalars.Of(unit)));
            }

            default:
                throw BoundsRecorder.Unknown(node, "interval");
        }
    }

    /// <summary>A function falls up to one place at most and rises behind it, or only falls or rises.</summary>
    private static Interval OfSmooth(ScalarFunctionNode node, Interval input, Tensor atLower, Tensor atUpper)
    {
        // Nothing that the function is of is below its least argument.
        if (node.Function == ScalarFunction.SquareRoot)
            return Loosened(node.Apply(input.Lower.clamp_min(Scalars.Of(0))), node.Apply(input.Upper.clamp_min(Scalars.Of(0))));
        if (node.Function == ScalarFunction.InverseSquareRoot)
            return Loosened(node.Apply(input.Upper.clamp_min(Scalars.Of(0))), node.Apply(input.Lower.clamp_min(Scalars.Of(0))));
        (double Place, double Value)? turn = node.Function switch
        {
            ScalarFunction.Silu => (-1.2784645427610738, -0.2784645427610738),
            ScalarFunction.Gelu => (-0.75179152469356446, -0.16997120747990367),
            ScalarFunction.GeluTanh => (-0.75246142207101626, -0.17004075057125406),
            ScalarFunction.Hardswish => (-1.5, -0.375),
            ScalarFunction.Square => (0, 0),
            _ => null,
        };
        var least = atLower.minimum(atUpper);
        if (turn is not var (place, value))
            return Loosened(atLower, atUpper);
        var turns = input.Lower.lt(Scalars.Of(place)).logical_and(input.Upper.gt(Scalars.Of(place)));
        return Loosened(
            where(turns, full_like(least, Scalars.Of(value)), least),
            atLower.maximum(atUpper),
            input.Lower.abs().maximum(input.Upper.abs()));
    }

    // Exponentials are off by an ulp or two, of themselves or of what they are multiplied with.
    private static Interval Loosened(Tensor lower, Tensor upper, Tensor? scale = null)
    {
        var unit = Scalars.Of(8 * Rounding.Epsilon(lower));
        var loss = lower.abs().maximum(upper.abs()).Plus((scale ?? zeros_like(lower)).clamp_max(Scalars.Of(100))) * unit;
        return new Interval(lower - loss, upper.Plus(loss));
    }

    private sealed record Interval(Tensor Lower, Tensor Upper) : IDisposable
    {
        public Interval MoveOut()
        {
            Lower.MoveToOuterDisposeScope();
            Upper.MoveToOuterDisposeScope();
            return this;
        }

        public void Dispose()
        {
            Lower.Dispose();
            Upper.Dispose();
        }
    }
}
