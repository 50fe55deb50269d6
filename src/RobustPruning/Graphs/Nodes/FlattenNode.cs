using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>A feature map <c>[C, H, W]</c> as a vector <c>[C·H·W]</c>; channel c becomes the block <c>[c·H·W, (c+1)·H·W)</c>.</summary>
public sealed class FlattenNode : AffineNode
{
    internal FlattenNode(FlattenDescription description, GraphNode input)
        : base(description, input, [input.Neurons], null) => JoinsOutputs = description.OfOutput;

    internal override bool JoinsOutputs { get; }

    internal override long Terms => 0;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0].flatten(1);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x) => x.flatten(1);

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x) => x.flatten(1);

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x) => x.flatten(1);
}

internal sealed record FlattenDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool OfOutput = false) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) => new FlattenNode(this, inputs[0]);
}
