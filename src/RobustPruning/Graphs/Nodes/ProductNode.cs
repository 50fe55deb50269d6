using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The product, value by value, of two values of one shape: squeeze-and-excitation and other gates.</summary>
public sealed class ProductNode : GraphNode
{
    internal ProductNode(ProductDescription description, IReadOnlyList<GraphNode> inputs)
        : base(description, inputs, inputs[0].Shape, null)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0] * inputs[1];
}

internal sealed record ProductDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (inputs.Count != 2)
            throw new GraphException(Name, $"it multiplies two values, not {inputs.Count}.");
        if (!inputs[1].Shape.SequenceEqual(inputs[0].Shape))
        {
            throw new GraphException(
                Name,
                $"it multiplies values of one shape, but '{inputs[0].Name}' gives [{string.Join(", ", inputs[0].Shape)}] "
                    + $"and '{inputs[1].Name}' gives [{string.Join(", ", inputs[1].Shape)}].");
        }

        return new ProductNode(this, inputs);
    }
}
