using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Two or more feature maps <c>[C, H, W]</c> of one size, or vectors <c>[F]</c>, one after the other along the channels.</summary>
public sealed class ConcatenationNode : GraphNode
{
    internal ConcatenationNode(ConcatenationDescription description, IReadOnlyList<GraphNode> inputs)
        : base(description, inputs, [inputs.Sum(input => input.Channels), .. inputs[0].Shape.Skip(1)], null) =>
        JoinsOutputs = description.JoinsOutputs;

    internal override bool JoinsOutputs { get; }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => cat([.. inputs], 1);
}

internal sealed record ConcatenationDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool JoinsOutputs = false) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (inputs.Count < 2)
            throw new GraphException(Name, $"it joins two or more values, not {inputs.Count}.") { Value = inputs.Count };
        if (inputs.FirstOrDefault(input => !input.Shape.Skip(1).SequenceEqual(inputs[0].Shape.Skip(1))) is { } odd)
        {
            throw new GraphException(
                Name,
                $"it joins values of one size, but '{inputs[0].Name}' gives [{string.Join(", ", inputs[0].Shape)}] "
                    + $"and '{odd.Name}' gives [{string.Join(", ", odd.Shape)}].")
            {
                Value = odd.Shape,
            };
        }

        return new ConcatenationNode(this, inputs);
    }
}
