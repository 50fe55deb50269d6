using RobustPruning.Graphs;

namespace RobustPruning.Usn;

/// <summary>The norms of a network's layers, each computed once.</summary>
internal sealed record LayerNorms
{
    private readonly IReadOnlyDictionary<GraphNode, double> _norms;
    private readonly IReadOnlyDictionary<GraphNode, double> _folded;

    private LayerNorms(IReadOnlyDictionary<GraphNode, double> norms, IReadOnlyDictionary<GraphNode, double> folded) =>
        (_norms, _folded) = (norms, folded);

    /// <summary>The norm of a layer with one input.</summary>
    public double this[GraphNode node] => _norms[node];

    /// <summary>Computes the norms of all layers.</summary>
    /// <exception cref="GraphException">A layer's kind is unknown.</exception>
    public static LayerNorms Of(Graph network) => new(
        network.Nodes.Where(node => node.Inputs.Count == 1).ToDictionary(node => node, node => LayerNorm.Of(node)),
        network.Nodes.OfType<BatchNormalizationNode>().Where(node => node.Input is ConvolutionNode)
            .ToDictionary<BatchNormalizationNode, GraphNode, double>(node => node, node => LayerNorm.Of((ConvolutionNode)node.Input, node)));

    /// <summary>The norm of a batch normalisation and the convolution before it, as one layer.</summary>
    public double Folded(BatchNormalizationNode node) => _folded[node];

    /// <summary>The same with another norm for one layer.</summary>
    public LayerNorms With(GraphNode node, double norm) => new(new Dictionary<GraphNode, double>(_norms) { [node] = norm }, _folded);
}
