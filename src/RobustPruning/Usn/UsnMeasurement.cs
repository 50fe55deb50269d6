using RobustPruning.Graphs;

namespace RobustPruning.Usn;

/// <summary>What an <see cref="IUsnMetric"/> found, layer by layer. It owns the layers.</summary>
/// <param name="layers">One entry for each node that was measured, in the order asked for.</param>
public sealed class UsnMeasurement(IReadOnlyList<LayerUsn> layers) : IDisposable
{
    /// <summary>One entry for each node that was measured, in the order asked for.</summary>
    public IReadOnlyList<LayerUsn> Layers => layers;

    /// <summary>The entry of a node.</summary>
    /// <exception cref="GraphException">The node was not measured.</exception>
    public LayerUsn this[GraphNode node] =>
        layers.FirstOrDefault(layer => layer.Node == node) ?? throw new GraphException(node.Name, "its USN was not measured.");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in layers)
            layer.Dispose();
    }

    /// <summary>One layer a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, layers);
}
