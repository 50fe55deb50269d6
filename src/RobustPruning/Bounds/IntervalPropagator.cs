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
    public NetworkBounds Propagate(Graph graph, PerturbedImages images) => ((IInterruptiblePropagator)this).Propagate(graph, images, () => false)!;

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
        return (images.Clip ? new Interval(interval.Lower.clamp(Scalars.Of(0), Scalars.Of(1)), interval.Upper.clamp(Scalars.Of(0), Scalars.Of(1))) : interval).MoveOut();
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
                return Widened(Affine(affine, input.Lower.Plus(input.Upper) / Scalars.Of(2), (input.Upper - input.Lower) / Scalars.Of(2)));

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
                    node.Forward([.. inputs.Select(interval => interval.Lower)]), node.Forward([.. inputs.Select(interval => interval.Upper)]));
                return outward ? Widened(sum, node.Forward([.. inputs.Select(interval => interval.Lower.abs().Plus(interval.Upper.abs()))])) : sum;
            }

            case ConcatenationNode:
                return new Interval(
                    node.Forward([.. inputs.Select(interval => interval.Lower)]), node.Forward([.. inputs.Select(interval => interval.Upper)]));

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
