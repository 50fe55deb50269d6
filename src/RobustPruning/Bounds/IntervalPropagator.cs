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
        var output = graph.Evaluate(InputInterval(images), (node, inputs) => Step(node, inputs[0], recorder), (_, interval) => interval.Dispose());
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

    private static Interval Step(GraphNode node, Interval input, BoundsRecorder recorder)
    {
        switch (node)
        {
            case AffineNode affine:
            {
                using var scope = NewDisposeScope();
                var centre = affine.Affine((input.Lower + input.Upper) / 2);
                var radius = affine.Absolute((input.Upper - input.Lower) / 2);
                return new Interval((centre - radius).MoveToOuterDisposeScope(), (centre + radius).MoveToOuterDisposeScope());
            }

            case ReluNode relu:
                recorder.Record(relu.PreActivation, input.Lower, input.Upper);
                return new Interval(input.Lower.relu(), input.Upper.relu());

            default:
                throw BoundsRecorder.Unknown(node, "interval");
        }
    }

    private sealed record Interval(Tensor Lower, Tensor Upper) : IDisposable
    {
        public void Dispose()
        {
            Lower.Dispose();
            Upper.Dispose();
        }
    }
}
