using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// The semantic interval domain: every value as an affine function of the semantic parameters, of kept noise symbols and of a
/// remainder. With no symbols kept it is the hybrid zonotope, with all kept DeepZ (Singh et al., "Fast and effective robustness
/// certification", 2018). Stateless and thread-safe.
/// </summary>
/// <param name="budget">How many noise symbols to keep apart.</param>
/// <param name="shareClipErrors">
/// Whether pixels of equal value share the symbol of their clip error, which is tighter and faster; false gives plain DeepZ. Only with
/// all symbols kept.
/// </param>
/// <param name="outward">
/// Whether what rounding may lose is added, so that the bounds hold for the network in real numbers; false is for training losses.
/// </param>
public sealed class SemanticIntervalPropagator(SymbolBudget budget, bool shareClipErrors = true, bool outward = true) : IBoundPropagator
{
    /// <summary>For training losses: no symbols kept, rounding ignored, differentiable.</summary>
    public static SemanticIntervalPropagator ForTraining { get; } = new(SymbolBudget.None, outward: false);

    /// <summary>How many noise symbols are kept apart.</summary>
    public SymbolBudget Budget => budget;

    internal static bool Wide;

    internal bool SharesClipErrors => shareClipErrors;

    /// <inheritdoc/>
    public string Name => $"semantic interval, {budget}";

    /// <inheritdoc/>
    public NetworkBounds Propagate(Graph graph, PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        var recorder = new BoundsRecorder(graph);
        var (lower, upper) = Evaluate(graph, images, recorder, (_, _) => { }).Limits();
        return recorder.Finish(lower, upper);
    }

    /// <summary>The bounds of some nodes, the input not among them, in the graph's order; the caller owns them.</summary>
    internal IReadOnlyList<NodeBounds> Bounds(Graph graph, PerturbedImages images, IReadOnlyCollection<GraphNode> nodes)
    {
        using var scope = NewDisposeScope();
        var found = new List<NodeBounds>();
        Evaluate(graph, images, new BoundsRecorder(graph), (node, value) =>
        {
            if (!nodes.Contains(node))
                return;
            var (lower, upper) = value.Limits();
            found.Add(new NodeBounds(node, lower.MoveToOuterDisposeScope(), upper.MoveToOuterDisposeScope()));
        });
        return found;
    }

    private Zonotope Evaluate(Graph graph, PerturbedImages images, BoundsRecorder recorder, Action<GraphNode, Zonotope> told)
    {
        graph.RequireShape(images.Centre);
        return graph.Evaluate(
            Zonotope.Of(images, budget, shareClipErrors, Wide && outward ? float64 : graph.WeightType ?? images.Centre.dtype, outward),
            (node, inputs) =>
            {
                var value = Step(node, inputs, recorder);
                told(node, value);
                return value;
            },
            (_, zonotope) => zonotope.Dispose());
    }

    private Zonotope Step(GraphNode node, IReadOnlyList<Zonotope> inputs, BoundsRecorder recorder)
    {
        var input = inputs[0];
        switch (node)
        {
            case AffineNode affine:
                return input.Affine(affine);

            case ReluNode relu when input.Outward is not null:
            {
                var output = input.Rectify(budget, out var lower, out var upper);
                recorder.Record(relu.PreActivation, lower, upper);
                lower.Dispose();
                upper.Dispose();
                return output;
            }

            case ActivationNode activation:
            {
                var measured = input.Measured();
                var (lower, upper) = measured.Limits();
                recorder.Record(activation.PreActivation, lower, upper);
                using var relaxation = Relaxation.Of(activation, lower, upper);
                var output = measured.Relax(relaxation, budget);
                measured.DisposeMeasure(input);
                lower.Dispose();
                upper.Dispose();
                return output;
            }

            case MaxPoolNode pool:
                return MaxPooling.Apply(pool, input, budget);

            case AdditionNode:
                return Branches.Sum(inputs, budget);

            case ConcatenationNode:
                return Branches.Concatenate(inputs, budget);

            default:
                throw BoundsRecorder.Unknown(node, "semantic interval");
        }
    }
}
