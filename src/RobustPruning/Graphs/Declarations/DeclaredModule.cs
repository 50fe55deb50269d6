using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A composite module that runs the nodes it declares, so that what is certified and what is executed cannot drift apart. A derived class
/// makes its layers and calls <c>RegisterComponents()</c> in its constructor, and keeps these layers for its life.
/// </summary>
/// <remarks>
/// Inside another network its nodes become that network's: hooks of its layers fire there, its own do not. As thread-safe as its layers.
/// </remarks>
/// <param name="name">The module's name.</param>
public abstract class DeclaredModule(string name) : nn.Module<Tensor, Tensor>(name), IDeclaresNodes
{
    private Graph? _graph;

    /// <inheritdoc/>
    public abstract GraphNode Declare(GraphBuilder builder, GraphNode input);

    /// <summary>Runs the declared nodes on a batch <c>[B, ...]</c> of any shape that they take.</summary>
    /// <exception cref="GraphException">The nodes do not take inputs of this shape; the message names the node.</exception>
    public sealed override Tensor forward(Tensor input) => GraphFor([.. input.shape.Skip(1)]).Forward(input);

    /// <summary>The nodes for inputs of a shape; declared once for as long as the shape stays.</summary>
    internal Graph GraphFor(IReadOnlyList<long> inputShape)
    {
        var graph = _graph;
        if (graph is null || !graph.Input.Shape.SequenceEqual(inputShape))
            _graph = graph = Declaration.Read(this, this, inputShape);
        return graph;
    }
}
