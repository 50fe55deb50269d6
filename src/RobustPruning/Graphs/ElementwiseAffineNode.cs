using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary><c>scale ⊙ x + shift</c> for values of any shape.</summary>
public abstract class ElementwiseAffineNode : AffineNode
{
    private protected ElementwiseAffineNode(NodeDescription description, GraphNode input, nn.Module module)
        : base(description, input, input.Shape, module)
    {
    }

    /// <summary>The scale, of a shape that broadcasts to <see cref="GraphNode.Shape"/>.</summary>
    internal abstract Tensor ScaleValues { get; }

    /// <summary>The shift, of such a shape; null if there is none.</summary>
    internal abstract Tensor? ShiftValues { get; }

    // A product and a sum.
    internal override long Terms => 2;

    private protected override Tensor? ChangingWeight => ScaleValues;

    internal override Tensor? Shift(Tensor like) => ShiftValues is { } shift ? Matching("shift", shift, like) : null;

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x)
    {
        using var scope = NewDisposeScope();
        var scaled = x * Scale(x);
        return (Shift(x) is { } shift ? scaled.Plus(shift) : scaled).MoveToOuterDisposeScope();
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
        return (x * Magnitude("scale", ScaleValues, x)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether the scale is the same all over a channel.</summary>
    internal bool IsPerChannel
    {
        get
        {
            using var scope = NewDisposeScope();
            var sizes = ScaleValues.shape;
            return sizes.Length < Shape.Count ? sizes.All(size => size == 1) : sizes.Skip(1).All(size => size == 1);
        }
    }

    /// <summary>Whether scale or shift hold numbers for each channel.</summary>
    internal bool DiffersByChannel
    {
        get
        {
            using var scope = NewDisposeScope();
            return new[] { ScaleValues, ShiftValues }.Any(values =>
                values is not null && values.dim() == Shape.Count && values.shape[0] > 1);
        }
    }

    /// <summary>The scale of each channel, <c>[C]</c>, where it is the same all over a channel.</summary>
    internal Tensor ChannelScale(Tensor like) => Scale(like).expand([Channels, .. Enumerable.Repeat(1L, Shape.Count - 1)]).flatten();

    /// <summary>The scale of each value, for so many boxes.</summary>
    internal Tensor EachScale(long boxes, Tensor like) => Scale(like).expand([boxes, .. Shape]);

    private Tensor Scale(Tensor like) => Matching("scale", ScaleValues, like);
}
