using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary><c>scale ⊙ x + shift</c> with constants, for values of any shape.</summary>
public sealed class RescalingNode : ElementwiseAffineNode
{
    internal RescalingNode(RescalingDescription description, GraphNode input, Rescaling module)
        : base(description, input, module) => Constants = module;

    /// <summary>The module that holds scale and shift, each of a shape that broadcasts to <see cref="GraphNode.Shape"/>.</summary>
    public Rescaling Constants { get; }

    internal override Tensor ScaleValues => Constants.scale;

    internal override Tensor? ShiftValues => Constants.shift;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Constants.call(inputs[0]);
}

internal sealed record RescalingDescription(string Name, IReadOnlyList<string> Inputs, IReadOnlyList<long> Scale, IReadOnlyList<long> Shift)
    : NodeDescription(Name, Inputs)
{
    public static RescalingDescription Of(string name, string input, Rescaling module) =>
        new(name, [input], module.scale.shape, module.shift.shape);

    [JsonIgnore]
    public override double Weights => Numbers(Scale) + Numbers(Shift);

    public override nn.Module CreateModule() => new Rescaling(ones([.. Scale]), zeros([.. Shift]));

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        foreach (var (kind, shape) in new[] { ("scale", Scale), ("shift", Shift) })
        {
            if (!ShapeRules.Broadcasts(shape, inputs[0].Shape))
            {
                throw new GraphException(
                    Name,
                    $"its {kind} [{string.Join(", ", shape)}] neither is one number nor broadcasts, axis by axis, to the "
                        + $"[{string.Join(", ", inputs[0].Shape)}] that '{inputs[0].Name}' gives.")
                {
                    Value = shape,
                };
            }
        }

        return new RescalingNode(this, inputs[0], (Rescaling)module!);
    }

    private static double Numbers(IReadOnlyList<long> shape) => shape.Aggregate(1.0, (product, size) => product * size);
}
