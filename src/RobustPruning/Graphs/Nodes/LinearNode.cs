using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>A fully connected layer: <c>[F]</c> to <c>[F']</c>.</summary>
public sealed class LinearNode : AffineNode
{
    private const long LargeLayer = 1 << 22;

    // Longer sums are summed up in parts, which loses less.
    private const long Part = 256;

    private readonly LinearDescription _description;

    internal LinearNode(LinearDescription description, GraphNode input, Linear module)
        : base(description, input, [description.OutFeatures], module)
    {
        _description = description;
        Weights = module;
    }

    /// <summary>The module that holds weight <c>[F', F]</c> and bias <c>[F']</c>.</summary>
    public Linear Weights { get; }

    /// <inheritdoc/>
    public override long Macs => _description.InFeatures * _description.OutFeatures;

    internal override long Terms => Math.Min(_description.InFeatures, Part) + ((_description.InFeatures + Part - 1) / Part);

    internal override Tensor? Shift(Tensor like) => Weights.bias is null ? null : Matching("bias", Weights.bias, like);

    private protected override Tensor? ChangingWeight => Weights.weight;

    /// <summary>The weights input by input, <c>[F, F']</c>, in the type of <paramref name="like"/>.</summary>
    internal Tensor InputWeights(Tensor like) => Derived($"inputs as {like.dtype}", () => Weights.weight.t().to(like.dtype).contiguous());

    /// <summary>
    /// The weights as those of a convolution over a map <c>[C, H, W]</c> that is flattened to the input: <c>[H, W, C, F']</c>.
    /// </summary>
    internal Tensor TapWeights(IReadOnlyList<long> map, Tensor like) => InputWeights(like).view([.. map, Channels]).permute(1, 2, 0, 3);

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Weights.call(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x)
    {
        using var scope = NewDisposeScope();
        var product = Linear(x);
        return (Shift(x) is { } shift ? product.Plus(shift) : product).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (IsSparse(x, out var inputs)
            ? InParts(x.index_select(1, inputs), InputWeights(Weights.weight).index_select(0, inputs).to(x.dtype))
            : InParts(x, Matching("weight", Weights.weight, x).t())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (IsSparse(x, out var inputs)
            ? InParts(x.index_select(1, inputs), InputWeights(Weights.weight).index_select(0, inputs).to(x.dtype).abs())
            : InParts(x, Magnitude("weight", Weights.weight, x).t())).MoveToOuterDisposeScope();
    }

    /// <summary>The product of rows <c>[B, F]</c> with weights <c>[F, F']</c>, in sums of <see cref="Terms"/> roundings.</summary>
    private static Tensor InParts(Tensor x, Tensor weights)
    {
        var sum = x.narrow(1, 0, Math.Min(Part, x.shape[1])).mm(weights.narrow(0, 0, Math.Min(Part, x.shape[1])));
        for (var first = Part; first < x.shape[1]; first += Part)
        {
            var count = Math.Min(Part, x.shape[1] - first);
            sum = sum.Plus(x.narrow(1, first, count).mm(weights.narrow(0, first, count)));
        }

        return sum;
    }

    /// <summary>
    /// Whether it is worth while to multiply the inputs alone that are not zero in every row. Behind a ReLU that is a tenth to a half of
    /// them, and reading the weights is what a large layer costs.
    /// </summary>
    private bool IsSparse(Tensor x, out Tensor inputs)
    {
        inputs = IsFrozen && Weights.weight.numel() >= LargeLayer ? x.ne(Scalars.Of(0)).any(0).nonzero().flatten() : x;
        return !ReferenceEquals(inputs, x) && inputs.numel() <= x.shape[1] / 2;
    }
}

internal sealed record LinearDescription(string Name, IReadOnlyList<string> Inputs, long InFeatures, long OutFeatures, bool Bias)
    : NodeDescription(Name, Inputs)
{
    public static LinearDescription Of(string name, string input, Linear module) =>
        new(name, [input], module.weight.shape[1], module.weight.shape[0], module.bias is not null);

    [JsonIgnore]
    public override double Weights => (double)InFeatures * OutFeatures;

    public override nn.Module CreateModule() => nn.Linear(InFeatures, OutFeatures, Bias);

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = inputs[0].Shape;
        if (shape.Count != 1 || shape[0] != InFeatures)
        {
            throw new GraphException(Name,
                $"it takes {InFeatures} features, but '{inputs[0].Name}' gives [{string.Join(", ", shape)}]"
                + (shape.Count == 3 ? "; is a Flatten missing?" : ".")) { Value = shape };
        }

        return new LinearNode(this, inputs[0], (Linear)module!);
    }
}
