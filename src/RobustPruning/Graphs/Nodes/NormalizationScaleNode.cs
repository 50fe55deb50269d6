using System.Text.Json.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The last step of a group or layer normalisation: γ ⊙ x + β with the module's weights.</summary>
public sealed class NormalizationScaleNode : ElementwiseAffineNode
{
    internal NormalizationScaleNode(NormalizationScaleDescription description, GraphNode input, nn.Module module)
        : base(description, input, module)
    {
    }

    internal override Tensor ScaleValues => Shaped(Module is GroupNorm group ? group.weight : ((LayerNorm)Module!).weight)!;

    internal override Tensor? ShiftValues => Shaped(Module is GroupNorm group ? group.bias : ((LayerNorm)Module!).bias);

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Affine(inputs[0]);

    // A group normalisation has a number for each channel, a layer normalisation one for each place along the last axes.
    private Tensor? Shaped(Tensor? values) => values is null ? null
        : Module is GroupNorm ? values.reshape([-1, .. Enumerable.Repeat(1L, Shape.Count - 1)])
        : values.reshape([.. Enumerable.Repeat(1L, Shape.Count - (int)values.dim()), .. values.shape]);
}

/// <param name="Name">The name.</param>
/// <param name="Inputs">The input's name.</param>
/// <param name="Sizes">The last axes of a layer normalisation; the channels of a group normalisation.</param>
/// <param name="GroupSize">The channels of one group; 0 for a layer normalisation.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Bias">Whether there is a β; always for groups.</param>
internal sealed record NormalizationScaleDescription(
    string Name, IReadOnlyList<string> Inputs, IReadOnlyList<long> Sizes, long GroupSize, double Epsilon,
    bool Bias = true) : NodeDescription(Name, Inputs)
{
    [JsonIgnore]
    public override double Weights => (Bias ? 2 : 1) * Sizes.Aggregate(1.0, (product, size) => product * size);

    public override nn.Module CreateModule() => GroupSize > 0
        ? nn.GroupNorm(Sizes[0] / GroupSize, Sizes[0], Epsilon) : nn.LayerNorm([.. Sizes], Epsilon, bias: Bias);

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = inputs[0].Shape;
        if (GroupSize > 0
                ? Sizes is not [var channels] || channels % GroupSize != 0 || shape[0] != channels
                : Sizes.Count == 0 || !shape.TakeLast(Sizes.Count).SequenceEqual(Sizes))
            throw new GraphException(
                Name,
                $"it scales [{string.Join(", ", Sizes)}], but '{inputs[0].Name}' gives [{string.Join(", ", shape)}].");
        return new NormalizationScaleNode(this, inputs[0], module!);
    }
}
