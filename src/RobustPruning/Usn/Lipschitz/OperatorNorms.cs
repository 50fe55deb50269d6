using System.Collections.Concurrent;
using RobustPruning.Graphs;

namespace RobustPruning.Usn;

/// <summary>The norms of a network's layers, each computed once and only if it is asked for.</summary>
internal sealed class OperatorNorms
{
    private readonly ConcurrentDictionary<GraphNode, double> _alone = new();
    private readonly ConcurrentDictionary<BatchNormalizationNode, double> _folded = new();

    /// <summary>The norm of a layer with one input.</summary>
    /// <exception cref="GraphException">The layer's kind is unknown.</exception>
    public double this[GraphNode node] => _alone.GetOrAdd(node, static layer => OperatorNorm.Of(layer));

    /// <summary>The norm of a convolution and the batch normalisation that follows it, as one layer.</summary>
    public double Of(ConvolutionNode convolution, BatchNormalizationNode normalization) =>
        _folded.GetOrAdd(normalization, _ => OperatorNorm.Of(convolution, normalization));
}
