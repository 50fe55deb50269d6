using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Collects what a propagator finds on its way through a graph.</summary>
internal sealed class BoundsRecorder(Graph graph)
{
    private readonly Dictionary<GraphNode, NodeBounds> _preActivations = [];

    /// <summary>Notes the bounds of a pre-activation; to be called in the dispose scope that <see cref="Finish"/> is called in.</summary>
    public void Record(GraphNode node, Tensor lower, Tensor upper)
    {
        if (!_preActivations.ContainsKey(node))
            _preActivations[node] = new NodeBounds(node, lower.alias(), upper.alias()) { Kinks = graph.Kinks(node) };
    }

    /// <summary>All bounds, moved out of the current dispose scope.</summary>
    public NetworkBounds Finish(Tensor lower, Tensor upper)
    {
        var bounds = new NetworkBounds(
            new NodeBounds(graph.Output, lower.alias(), upper.alias()), [.. graph.PreActivations.Select(node => _preActivations[node])]);
        foreach (var node in bounds.PreActivations.Append(bounds.Output))
        {
            node.Lower.MoveToOuterDisposeScope();
            node.Upper.MoveToOuterDisposeScope();
        }

        return bounds;
    }

    /// <summary>The error for a layer that a domain has no rule for.</summary>
    public static GraphException Unknown(GraphNode node, string domain) =>
        new(node.Name, $"the {domain} domain has no rule for {node.GetType().Name}.");
}
