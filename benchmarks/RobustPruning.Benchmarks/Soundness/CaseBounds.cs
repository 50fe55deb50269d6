using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>
/// What all domains say about one node's values over the boxes of a case: <c>[B, F]</c> in 64-bit numbers, the tightest of each box and
/// neuron, and whose it is.
/// </summary>
internal sealed class CaseBounds
{
    private readonly List<(string Domain, Tensor Lower, Tensor Upper)> _all = [];

    private CaseBounds(GraphNode node) => Node = node;

    /// <summary>The node, of the case's own network.</summary>
    public GraphNode Node { get; }

    public Tensor Lower { get; private set; } = empty(0);

    public Tensor Upper { get; private set; } = empty(0);

    /// <summary>Runs all domains on a case; the tensors stay in the current dispose scope.</summary>
    /// <param name="case">The case.</param>
    /// <param name="change">Changes each domain, for tests of this harness; null to leave them.</param>
    public static IReadOnlyList<CaseBounds> Of(SoundnessCase @case, Func<IBoundPropagator, IBoundPropagator>? change = null)
    {
        using var noGradient = no_grad();
        var own = @case.Network.Graph;
        using var folded = BatchNormalizationFolding.Fold(own);
        using var wide = ProofNetwork.Of(own);
        CaseBounds[] found = [.. own.PreActivations.Append(own.Output).Select(node => new CaseBounds(node))];
        foreach (var (name, propagator, graph) in Domains(@case, folded.Graph, wide.Graph))
        {
            using var images = @case.Set.Enclose(@case.Image, @case.Boxes);
            using var bounds = (change?.Invoke(propagator) ?? propagator).Propagate(graph, images);
            foreach (var (node, index) in bounds.PreActivations.Select((node, index) => (node, index)))
                found[index].Add(name, node, @case.MayOverflow);
            found[^1].Add(name, bounds.Output, @case.MayOverflow);
        }

        return found;
    }

    /// <summary>The domain whose bound is the tightest at a neuron.</summary>
    public string Author(long box, long neuron, bool lower)
    {
        using var scope = NewDisposeScope();
        return _all.MaxBy(bounds => lower ? bounds.Lower[box, neuron].item<double>() : -bounds.Upper[box, neuron].item<double>()).Domain;
    }

    private static IEnumerable<(string Name, IBoundPropagator Propagator, Graph Graph)> Domains(
        SoundnessCase @case,
        Graph folded,
        Graph wide)
    {
        var own = @case.Network.Graph;
        yield return Named("folded", new SemanticIntervalPropagator(SymbolBudget.All), folded);
        yield return Named("folded, clip errors apart", new SemanticIntervalPropagator(SymbolBudget.All, shareClipErrors: false), folded);
        yield return Named("as it is", new SemanticIntervalPropagator(new SymbolBudget((int)@case.SymbolBudget)), own);
        yield return Named("as it is", new SemanticIntervalPropagator(SymbolBudget.None), own);
        yield return Named("as it is", new IntervalPropagator(), own);
        yield return Named("folded", new IntervalPropagator(), folded);
        yield return Named("64 bit", new SemanticIntervalPropagator(SymbolBudget.All), wide);
        yield return Named("64 bit", new ProofPropagator(), wide);

        static (string, IBoundPropagator, Graph) Named(string network, IBoundPropagator propagator, Graph graph) =>
            ($"{propagator.Name}; network {network}", propagator, graph);
    }

    private void Add(string domain, NodeBounds bounds, bool mayOverflow)
    {
        using var scope = NewDisposeScope();
        var boxes = bounds.Lower.shape[0];
        Tensor lower = bounds.Lower.to(float64).reshape(boxes, -1), upper = bounds.Upper.to(float64).reshape(boxes, -1);
        if (mayOverflow)
        {
            lower = where(lower.isnan(), full_like(lower, double.NegativeInfinity), lower);
            upper = where(upper.isnan(), full_like(upper, double.PositiveInfinity), upper);
        }

        _all.Add((domain, lower.clone().MoveToOuterDisposeScope(), upper.clone().MoveToOuterDisposeScope()));

        // A bound that is not a number stays one, and is found by every sample.
        Lower = (_all.Count == 1 ? lower.clone() : Lower.maximum(lower)).MoveToOuterDisposeScope();
        Upper = (_all.Count == 1 ? upper.clone() : Upper.minimum(upper)).MoveToOuterDisposeScope();
    }
}
