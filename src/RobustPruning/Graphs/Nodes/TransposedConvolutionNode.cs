using System.Text.Json.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A transposed two-dimensional convolution without groups: <c>[C, H, W]</c> to <c>[C', s·(H − 1) + d·(kH − 1) + 1 − 2p + q, ...]</c>.
/// </summary>
public sealed class TransposedConvolutionNode : AffineNode
{
    private readonly TransposedConvolutionDescription _description;

    internal TransposedConvolutionNode(
        TransposedConvolutionDescription description, GraphNode input, IReadOnlyList<long> shape, ConvTranspose2d module)
        : base(description, input, shape, module) => (_description, Convolution) = (description, module);

    /// <summary>The module that holds weight <c>[C, C', kH, kW]</c> and bias <c>[C']</c>.</summary>
    public ConvTranspose2d Convolution { get; }

    /// <inheritdoc/>
    public override long Macs => Input.Neurons * Channels * Kernel[0] * Kernel[1];

    internal IReadOnlyList<long> Kernel => _description.Kernel;

    internal IReadOnlyList<long> Stride => _description.Stride;

    internal IReadOnlyList<long> Padding => _description.Padding;

    internal IReadOnlyList<long> Dilation => _description.Dilation;

    internal IReadOnlyList<long> OutputPadding => _description.OutputPadding;

    internal override long Terms => (Input.Channels * Kernel[0] * Kernel[1]) + 1;

    private protected override Tensor? ChangingWeight => Convolution.weight;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Convolution.call(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Apply(x, Matching("weight", Convolution.weight, x), Bias(x)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Apply(x, Matching("weight", Convolution.weight, x), null).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Apply(x, Magnitude("weight", Convolution.weight, x), null).MoveToOuterDisposeScope();
    }

    internal override Tensor? Shift(Tensor like) => Bias(like)?.reshape(-1, 1, 1);

    private Tensor? Bias(Tensor like) => Convolution.bias is null ? null : Matching("bias", Convolution.bias, like);

    private Tensor Apply(Tensor x, Tensor weight, Tensor? bias) =>
        nn.functional.conv_transpose2d(x, weight, bias, [.. Stride], [.. Padding], [.. OutputPadding], [.. Dilation]);
}

internal sealed record TransposedConvolutionDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    long InChannels,
    long OutChannels,
    IReadOnlyList<long> Kernel,
    IReadOnlyList<long> Stride,
    IReadOnlyList<long> Padding,
    IReadOnlyList<long> OutputPadding,
    IReadOnlyList<long> Dilation,
    bool Bias) : NodeDescription(Name, Inputs)
{
    public static TransposedConvolutionDescription Of(string name, string input, ConvTranspose2d module)
    {
        if (module.groups != 1)
            throw new GraphException(name, $"a transposed convolution in {module.groups} groups is not supported, only one without.");
        return new(name, [input], module.in_channels, module.out_channels, module.kernel_size, module.stride, module.padding ?? [0, 0],
            module.output_padding, module.dilation, module.bias is not null);
    }

    [JsonIgnore]
    public override double Weights => (double)OutChannels * InChannels * Kernel[0] * Kernel[1];

    public override nn.Module CreateModule() =>
        nn.ConvTranspose2d(
            InChannels, OutChannels, (Kernel[0], Kernel[1]), (Stride[0], Stride[1]), (Padding[0], Padding[1]),
            (OutputPadding[0], OutputPadding[1]), dilation: (Dilation[0], Dilation[1]), bias: Bias);

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = ShapeRules.FeatureMap(Name, inputs);
        if (shape[0] != InChannels)
            throw new GraphException(Name, $"it takes {InChannels} channels, but '{inputs[0].Name}' gives {shape[0]}.");
        PoolSizes.Require(Name, Kernel, Stride, [0, 0], Dilation);
        long[] sizes =
        [
            .. Enumerable
                .Range(0, 2)
                .Select(axis =>
                    ((shape[axis + 1] - 1) * Stride[axis])
                    - (2 * Padding[axis])
                    + (Dilation[axis] * (Kernel[axis] - 1))
                    + OutputPadding[axis]
                    + 1),
        ];
        if (sizes.Any(size => size < 1) || Padding.Concat(OutputPadding).Any(size => size < 0))
            throw new GraphException(Name, $"it makes a map of {sizes[0]}x{sizes[1]} of one of {shape[1]}x{shape[2]}.");
        return new TransposedConvolutionNode(this, inputs[0], [OutChannels, .. sizes], (ConvTranspose2d)module!);
    }
}
