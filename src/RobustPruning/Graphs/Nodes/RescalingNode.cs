using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary><c>scale ⊙ x + shift</c> with constants, for values of any shape.</summary>
public sealed class RescalingNode : AffineNode
{
    internal RescalingNode(RescalingDescription description, GraphNode input, Rescaling module)
        : base(description, input, input.Shape, module) => Constants = module;

    /// <summary>The module that holds scale and shift, each of a shape that broadcasts to <see cref="GraphNode.Shape"/>.</summary>
    public Rescaling Constants { get; }

    // A product and a sum.
    internal override long Terms => 2;

    private protected override Tensor? ChangingWeight => Constants.scale;

    internal override Tensor? Shift(Tensor like) => Matching("shift", Constants.shift, like);

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Constants.call(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x * Scale(x)).Plus(Shift(x)!).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x * Scale(x)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x * Magnitude("scale", Constants.scale, x)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether the scale is the same all over a channel.</summary>
    internal bool IsPerChannel => Constants.scale.shape.Skip(1).All(size => size == 1);

    /// <summary>Whether scale or shift hold numbers for each channel.</summary>
    internal bool DiffersByChannel => new[] { Constants.scale, Constants.shift }.Any(constants => constants.dim() > 0 && constants.shape[0] > 1);

    /// <summary>The scale of each channel, <c>[C]</c>, where it is the same all over a channel.</summary>
    internal Tensor ChannelScale(Tensor like) => Scale(like).expand([Channels, .. Enumerable.Repeat(1L, Shape.Count - 1)]).flatten();

    /// <summary>The scale of each value, for so many boxes.</summary>
    internal Tensor EachScale(long boxes, Tensor like) => Scale(like).expand([boxes, .. Shape]);

    private Tensor Scale(Tensor like) => Matching("scale", Constants.scale, like);
}

internal sealed record RescalingDescription(string Name, IReadOnlyList<string> Inputs, IReadOnlyList<long> Scale, IReadOnlyList<long> Shift)
    : NodeDescription(Name, Inputs)
{
    public static RescalingDescription Of(string name, string input, Rescaling module) => new(name, [input], module.scale.shape, module.shift.shape);

    [JsonIgnore]
    public override double Weights => Numbers(Scale) + Numbers(Shift);

    public override nn.Module CreateModule() => new Rescaling(ones([.. Scale]), zeros([.. Shift]));

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        foreach (var (kind, shape) in new[] { ("scale", Scale), ("shift", Shift) })
        {
            if (!ShapeRules.Broadcasts(shape, inputs[0].Shape))
            {
                throw new GraphException(Name, $"its {kind} [{string.Join(", ", shape)}] neither is one number nor broadcasts, axis by axis, to the "
                    + $"[{string.Join(", ", inputs[0].Shape)}] that '{inputs[0].Name}' gives.") { Value = shape };
            }
        }

        return new RescalingNode(this, inputs[0], (Rescaling)module!);
    }

    private static double Numbers(IReadOnlyList<long> shape) => shape.Aggregate(1.0, (product, size) => product * size);
}
