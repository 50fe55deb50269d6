using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Interval bound propagation (IBP): every value in an interval of its own, all relations between values forgotten. The cheapest and
/// loosest domain; a baseline, and a fast loss for certified training.
/// </summary>
public sealed class IntervalPropagator : IBoundPropagator
{
    /// <inheritdoc/>
    public string Name => "interval";

    /// <inheritdoc/>
    public NetworkBounds Propagate(Graph graph, PerturbedImages images)
    {
        graph.RequireShape(images.Centre);
        using var scope = NewDisposeScope();
        var recorder = new BoundsRecorder(graph);
        var output = graph.Evaluate(InputInterval(images), (node, inputs) => Step(node, inputs, recorder), (_, interval) => interval.Dispose());
        return recorder.Finish(output.Lower, output.Upper);
    }

    private static Interval InputInterval(PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        var radius = images.Generators.abs().sum(1);
        if (images.Radius is not null)
            radius = radius + images.Radius;
        Tensor lower = images.Centre - radius, upper = images.Centre + radius;
        return images.Clip
            ? new Interval(lower.clamp(0, 1).MoveToOuterDisposeScope(), upper.clamp(0, 1).MoveToOuterDisposeScope())
            : new Interval(lower.MoveToOuterDisposeScope(), upper.MoveToOuterDisposeScope());
    }

    private static Interval Step(GraphNode node, IReadOnlyList<Interval> inputs, BoundsRecorder recorder)
    {
        if (node is ActivationNode activation)
            recorder.Record(activation.PreActivation, inputs[0].Lower, inputs[0].Upper);
        using var scope = NewDisposeScope();
        return Value(node, inputs).MoveOut();
    }

    private static Interval Value(GraphNode node, IReadOnlyList<Interval> inputs)
    {
        var input = inputs[0];
        switch (node)
        {
            case AffineNode affine:
            {
                var centre = affine.Affine((input.Lower + input.Upper) / 2);
                var radius = affine.Absolute((input.Upper - input.Lower) / 2);
                return new Interval(centre - radius, centre + radius);
            }

            case ActivationNode activation:
                return Range(activation, input);

            // These grow with each of their inputs.
            case MaxPoolNode pool:
                return new Interval(pool.Pool(input.Lower), pool.Pool(input.Upper));

            case AdditionNode or ConcatenationNode:
                return new Interval(
                    node.Forward([.. inputs.Select(interval => interval.Lower)]), node.Forward([.. inputs.Select(interval => interval.Upper)]));

            default:
                throw BoundsRecorder.Unknown(node, "interval");
        }
    }

    private static Interval Range(ActivationNode node, Interval input)
    {
        Tensor atLower = node.Apply(input.Lower), atUpper = node.Apply(input.Upper);
        switch (node)
        {
            case ReluNode:
                return new Interval(atLower, atUpper);

            // Below zero it may fall.
            case LeakyReluNode { NegativeSlope: < 0 }:
            {
                var turns = input.Lower.lt(0).logical_and(input.Upper.gt(0));
                return new Interval(where(turns, zeros_like(atLower), atLower.minimum(atUpper)), atLower.maximum(atUpper));
            }

            case LeakyReluNode:
                return new Interval(atLower, atUpper);

            // 32-bit exponentials are off by an ulp or two.
            case SigmoidNode or TanhNode:
            {
                var unit = 4 * Rounding.Epsilon(atLower);
                return new Interval(atLower - (atLower.abs() * unit), atUpper + (atUpper.abs() * unit));
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
