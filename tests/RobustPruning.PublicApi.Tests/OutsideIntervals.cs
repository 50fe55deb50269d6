using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>
/// An interval domain that a user could have written: sound for the network in real numbers, rounding included, in 64-bit numbers. Slow and
/// plain; every sum is moved outwards by more than it can have lost.
/// </summary>
internal sealed class OutsideIntervals : IBoundPropagator
{
    // Four times what one 64-bit operation loses, relative to its result; and more than it loses below the normal range.
    private const double Relative = 1.0 / (1L << 51), Absolute = 1e-300;

    public string Name => "outside interval";

    public NetworkBounds Propagate(Graph graph, PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var recorded = new Dictionary<GraphNode, Interval>();
        var output = graph.Evaluate(Input(images), (node, inputs) =>
        {
            if (node is ActivationNode activation)
                recorded[activation.PreActivation] = inputs[0];
            return Step(node, inputs);
        }, (_, _) => { });
        return new NetworkBounds(
            Owned(graph.Output, output, graph), [.. graph.PreActivations.Select(node => Owned(node, recorded[node], graph))]);
    }

    private static Interval Input(PerturbedImages images)
    {
        // A sum of g absolute values loses less than g operations do.
        var reach = images.Generators.to(float64).abs().sum(1) * (1 + (images.Generators.shape[1] * Relative));
        if (images.Radius is { } own)
            reach += own.to(float64) * (1 + Relative);
        var centre = images.Centre.to(float64);
        var pixels = Around(centre, (reach * (1 + Relative)) + images.RoundingError + Absolute);
        return images.Clip ? new(pixels.Lower.clamp(0, 1), pixels.Upper.clamp(0, 1)) : pixels;
    }

    private static Interval Step(GraphNode node, IReadOnlyList<Interval> inputs) => node switch
    {
        AffineNode affine => Affine(affine, inputs[0]),
        ReluNode or ClipNode => Growing((ActivationNode)node, inputs[0]),
        LeakyReluNode { NegativeSlope: >= 0 } leaky => Outwards(Growing(leaky, inputs[0])),
        SigmoidNode or TanhNode => Outwards(Growing((ActivationNode)node, inputs[0]), 4),
        MaxPoolNode or ConcatenationNode => new(
            node.Forward([.. inputs.Select(input => input.Lower)]), node.Forward([.. inputs.Select(input => input.Upper)])),
        AdditionNode => inputs.Aggregate((sum, next) => Outwards(new(sum.Lower + next.Lower, sum.Upper + next.Upper))),
        _ => throw new GraphException(
            node.Name, $"the outside interval domain has no rule for {node.GetType().Name}.") { Value = node.GetType().Name },
    };

    private static Interval Affine(AffineNode node, Interval input)
    {
        var centre = (input.Lower / 2) + (input.Upper / 2);
        var radius = ((input.Upper - centre).maximum(centre - input.Lower) * (1 + Relative)) + Absolute;
        var magnitude = (centre.abs() + radius) * (1 + Relative);
        return Around(node.Affine(centre), (node.Absolute(radius) + node.RoundingError(magnitude)) * (1 + Relative));
    }

    private static Interval Growing(ActivationNode node, Interval input) => new(node.Apply(input.Lower), node.Apply(input.Upper));

    private static Interval Around(Tensor centre, Tensor radius) => Outwards(new(centre - radius, centre + radius));

    private static Interval Outwards(Interval interval, int times = 1) =>
        new(
            interval.Lower - (interval.Lower.abs() * (times * Relative)) - Absolute,
            interval.Upper + (interval.Upper.abs() * (times * Relative)) + Absolute);

    private static NodeBounds Owned(GraphNode node, Interval interval, Graph graph) =>
        new(node, interval.Lower.alias().MoveToOuterDisposeScope(), interval.Upper.alias().MoveToOuterDisposeScope())
        {
            Kinks = graph.Kinks(node),
        };

    private sealed record Interval(Tensor Lower, Tensor Upper);
}
