using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The image that enters the network, in [0, 1].</summary>
public sealed class InputNode : GraphNode
{
    internal InputNode(InputDescription description)
        : base(description, [], description.Shape, null)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) =>
        throw new InvalidOperationException("The input node's value is given, not computed.");
}

internal sealed record InputDescription(string Name, IReadOnlyList<long> Shape) : NodeDescription(Name, [])
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (Shape.Count == 0 || Shape.Any(size => size <= 0))
            throw new GraphException(Name, $"the input shape [{string.Join(", ", Shape)}] needs positive sizes.") { Value = Shape };
        return new InputNode(this);
    }
}
