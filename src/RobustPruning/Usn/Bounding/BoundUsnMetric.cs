using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>
/// Bounds USN from above, without sampling: where a neuron's values lie in [l, u] over a box of parameters, Δ² is at most
/// max((u − z₀)², (z₀ − l)²) there. With one cell that is the worst case over the set; with more it is the mean of the cells' worst cases,
/// which nears the deviation itself as cells shrink, for any θ uniform on the box. Where not every θ of the box is admissible, it is the
/// worst of the cells, for whatever law θ has. What rounding may lose is in it, and so are noise and 8-bit rounding.
/// </summary>
/// <remarks>
/// Squared bias and deviation are both that bound, the variance's is ((u − l) / 2)²: each holds by itself, so they do not add up. The bias
/// is the furthest move, with its sign.
/// </remarks>
public sealed class BoundUsnMetric : IUsnMetric
{
    private const int CellsPerBatch = 2;

    private readonly IntervalPropagator _point = new();
    private readonly SemanticIntervalPropagator _propagator;
    private readonly int _cellsPerParameter;

    /// <summary>Creates the metric.</summary>
    /// <param name="budget">
    /// How many noise symbols the semantic interval domain keeps; all if null. With fewer, bounds soon say nothing.
    /// </param>
    /// <param name="cellsPerParameter">How many parts each side of the box is cut into; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cellsPerParameter"/> is below 1.</exception>
    public BoundUsnMetric(SymbolBudget? budget = null, int cellsPerParameter = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cellsPerParameter, 1);
        (_propagator, _cellsPerParameter) = (new SemanticIntervalPropagator(budget ?? SymbolBudget.All), cellsPerParameter);
    }

    /// <inheritdoc/>
    public string Name => $"bounds, {_propagator.Name}, {_cellsPerParameter} cell{(_cellsPerParameter == 1 ? "" : "s")} a parameter";

    /// <inheritdoc/>
    /// <remarks>Pre-activations and the output are bounded in one pass, any other node in one of its own.</remarks>
    public UsnMeasurement Measure(
        Graph network, Tensor images, SemanticSet set, IReadOnlyCollection<GraphNode> nodes, CancellationToken cancellationToken = default)
    {
        network.RequireBatch(images);
        using var noGradient = no_grad();
        using var evaluation = new EvaluationMode(network);
        using var scope = NewDisposeScope();
        var parts = Parts(network, [.. nodes.Distinct()]);
        var cells = set.Box.Grid(_cellsPerParameter).Where(set.IsAdmissible).Chunk(CellsPerBatch).ToList();
        var uniform = set.IsUniform;
        var layers = nodes.Distinct().ToDictionary(node => node, node => new LayerBounds(node, uniform));
        try
        {
            for (var n = 0L; n < images.shape[0]; n++)
            {
                using var image = images[n];
                foreach (var (graph, wanted) in parts)
                {
                    Bound(_point, graph, Point(image), wanted, (node, lower, upper) => layers[node].BeginImage(lower, upper));
                    foreach (var batch in cells)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        Bound(
                            _propagator, graph, set.Enclose(image, batch), wanted,
                            (node, lower, upper) => layers[node].Add(lower, upper));
                    }
                }

                foreach (var layer in layers.Values)
                    layer.EndImage();
            }

            return new UsnMeasurement([.. layers.Values.Select(layer => layer.ToLayer())]);
        }
        finally
        {
            foreach (var layer in layers.Values)
                layer.Dispose();
        }
    }

    /// <summary>
    /// The graphs to bound, and whose bounds to take from each: of any graph one pass bounds the pre-activations and the output.
    /// </summary>
    private static List<(Graph Graph, HashSet<GraphNode> Wanted)> Parts(Graph network, IReadOnlyCollection<GraphNode> nodes)
    {
        if (nodes.FirstOrDefault(node => !network.Nodes.Contains(node)) is { } stranger)
            throw new GraphException(stranger.Name, "it belongs to another graph.");
        var together = network.PreActivations.Append(network.Output).Intersect(nodes).ToHashSet();
        var parts = nodes.Except(together).Select(node => (new Graph(network.Nodes, node), new HashSet<GraphNode> { node }));
        return [.. together.Count > 0 ? parts.Append((network, together)) : parts];
    }

    private static void Bound(
        IBoundPropagator propagator, Graph graph, PerturbedImages images, HashSet<GraphNode> wanted, Action<GraphNode, Tensor, Tensor> take)
    {
        using var scope = NewDisposeScope();
        using var owned = images;
        using var bounds = propagator.Propagate(graph, images);
        foreach (var node in bounds.PreActivations.Append(bounds.Output).Where(node => wanted.Contains(node.Node)))
            take(node.Node, node.Lower.to(float64), node.Upper.to(float64));
    }

    /// <summary>The clean image alone.</summary>
    private static PerturbedImages Point(Tensor image)
    {
        using var scope = NewDisposeScope();
        var centre = image.to(float64).unsqueeze(0);
        return new PerturbedImages(
            centre.clone().MoveToOuterDisposeScope(), zeros_like(centre).unsqueeze(1).MoveToOuterDisposeScope(), clip: false)
        {
            RoundingError = 0,
        };
    }
}
