using System.Runtime.CompilerServices;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Graphs and tensors on one side, plans and plain arrays of an engine on the other. Thread-safe.</summary>
internal sealed class EngineAdapter(IPropagationEngine engine, bool shareClipErrors)
{
    // Of frozen graphs alone: their weights will not change any more.
    private static readonly ConditionalWeakTable<Graph, CompiledGraph> Plans = [];

    /// <summary>Bounds of the output and the number of unstable neurons, for each box; null if told to stop.</summary>
    public IReadOnlyList<BoxBounds>? Bound(Graph graph, PerturbedImages images, Func<bool> stop, OutputRows? rows = null)
    {
        var compiled = Compile(graph);
        return Bound(compiled.Plan, images, [], stop, rows);
    }

    /// <summary>Bounds of the output and of all pre-activations; null if told to stop. The caller owns them.</summary>
    public NetworkBounds? Propagate(Graph graph, PerturbedImages images, Func<bool> stop)
    {
        var compiled = Compile(graph);
        GraphNode[] nodes = [.. graph.PreActivations];
        if (Bound(compiled.Plan, images, [.. nodes.Select(node => compiled.Values[node])], stop) is not { } found)
            return null;
        return new NetworkBounds(
            Tensors(graph, graph.Output, compiled.Plan.Output, images, found),
            [.. nodes.Select(node => Tensors(graph, node, compiled.Values[node], images, found))]);
    }

    /// <summary>The bounds of some nodes, in the graph's order; the caller owns them.</summary>
    public IReadOnlyList<NodeBounds> Bounds(Graph graph, PerturbedImages images, IReadOnlyCollection<GraphNode> nodes)
    {
        var compiled = PlanCompiler.Compile(graph, all: true);
        var wanted = graph.Nodes.Where(node => node != graph.Input && nodes.Contains(node)).ToList();
        var found = Bound(compiled.Plan, images, [.. wanted.Select(node => compiled.Values[node])], () => false)!;
        return [.. wanted.Select(node => Tensors(graph, node, compiled.Values[node], images, found))];
    }

    private static CompiledGraph Compile(Graph graph) => graph.Nodes.All(node => node.IsFrozen)
        ? Plans.GetValue(graph, frozen => PlanCompiler.Compile(frozen)) : PlanCompiler.Compile(graph);

    private IReadOnlyList<BoxBounds>? Bound(
        PropagationPlan plan, PerturbedImages images, int[] values, Func<bool> stop,
        OutputRows? rows = null) =>
            engine.Bound(plan, Arrays(images, plan.Steps[0].Map), new BoundRequest(shareClipErrors, values) { Rows = rows }, stop);

    private static NodeBounds Tensors(Graph graph, GraphNode node, int value, PerturbedImages images, IReadOnlyList<BoxBounds> found)
    {
        return new NodeBounds(node, Tensor(bounds => bounds.Lower), Tensor(bounds => bounds.Upper)) { Kinks = graph.Kinks(node) };

        Tensor Tensor(Func<(double[] Lower, double[] Upper), double[]> side)
        {
            double[] numbers =
            [
                .. found.SelectMany(box => side(box.Values.TryGetValue(value, out var inner) ? inner : (box.Lower, box.Upper))),
            ];
            return tensor(numbers, [found.Count, .. node.Shape], dtype: float64, device: images.Centre.device);
        }
    }

    private static ImageBoxes Arrays(PerturbedImages images, MapShape map)
    {
        using var scope = NewDisposeScope();
        var boxes = (int)images.Boxes;
        return new ImageBoxes
        {
            Centres = InMemoryOrder(images.Centre, 1),
            Generators = InMemoryOrder(images.Generators, (int)images.Generators.shape[1]),
            Radii = images.Radius is null ? null : InMemoryOrder(images.Radius, 1),
            Clip = images.Clip,
            RoundingError = images.RoundingError,
        };

        double[][] InMemoryOrder(Tensor values, int rows)
        {
            double[] logical = values.detach().to(float64).cpu().contiguous().data<double>().ToArray();
            return [.. Enumerable.Range(0, boxes).Select(box =>
            {
                var ordered = new double[rows * map.Size];
                for (var row = 0; row < rows; row++)
                    map.FromLogical(logical.AsSpan(((box * rows) + row) * map.Size, map.Size), ordered.AsSpan(row * map.Size, map.Size));
                return ordered;
            })];
        }
    }
}
