using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The sum of two or more values of one shape, as at the end of a residual block.</summary>
public sealed class AdditionNode : GraphNode
{
    internal AdditionNode(AdditionDescription description, IReadOnlyList<GraphNode> inputs)
        : base(description, inputs, inputs[0].Shape, null)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs)
    {
        using var scope = NewDisposeScope();
        return inputs.Aggregate((sum, value) => sum.Plus(value)).MoveToOuterDisposeScope();
    }
}

internal sealed record AdditionDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (inputs.Count < 2)
            throw new GraphException(Name, $"it adds two or more values, not {inputs.Count}.") { Value = inputs.Count };
        if (inputs.FirstOrDefault(input => !input.Shape.SequenceEqual(inputs[0].Shape)) is { } odd)
        {
            throw new GraphException(
                Name,
                $"it adds values of one shape, but '{inputs[0].Name}' gives [{string.Join(", ", inputs[0].Shape)}] "
                    + $"and '{odd.Name}' gives [{string.Join(", ", odd.Shape)}].")
            {
                Value = odd.Shape,
            };
        }

        return new AdditionNode(this, inputs);
    }
}
