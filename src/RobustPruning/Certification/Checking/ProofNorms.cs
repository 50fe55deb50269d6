using RobustPruning.Graphs;

namespace RobustPruning.Certification;

/// <summary>
/// How far the layers of the checker's network stretch errors, in the Euclidean norm: the one thing it takes from
/// <see cref="OperatorNorm"/>.
/// </summary>
internal sealed class ProofNorms
{
    private readonly Dictionary<GraphNode, double> _norms;
    private readonly Dictionary<GraphNode, double> _absolute;
    private readonly Dictionary<GraphNode, double> _folded;

    public ProofNorms(Graph network)
    {
        GraphNode[] nodes =
        [
            .. network.Nodes,
            .. network.Nodes.OfType<SoftmaxNode>().SelectMany(softmax => new GraphNode[] { softmax.Mean, softmax.Spread }),
        ];
        _norms = nodes
            .Where(node => node is AffineNode or MaxPoolNode)
            .ToDictionary(node => node, node => OperatorNorm.Of(node, NormEffort.Quick));
        _absolute = nodes.OfType<AffineNode>().ToDictionary<AffineNode, GraphNode, double>(node => node, OperatorNorm.OfAbsolute);
        _folded = network
            .Nodes.OfType<BatchNormalizationNode>()
            .Where(node => node.Input is ConvolutionNode)
            .ToDictionary<BatchNormalizationNode, GraphNode, double>(
                node => node,
                node => OperatorNorm.Of((ConvolutionNode)node.Input, node, NormEffort.Quick));
    }

    /// <summary>No less than <c>‖W‖₂</c>; of a max pooling, what it may do to differences.</summary>
    public double Of(GraphNode node) => _norms[node];

    /// <summary>No less than <c>‖|W|‖₂</c>.</summary>
    public double Absolute(AffineNode node) => _absolute[node];

    /// <summary>The norm of a normalisation and the convolution before it, as one layer.</summary>
    public double Folded(BatchNormalizationNode node) => _folded[node];
}
