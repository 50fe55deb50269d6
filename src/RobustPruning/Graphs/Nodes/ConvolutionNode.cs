using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>A two-dimensional convolution with zero padding: <c>[C, H, W]</c> to <c>[C', H', W']</c>.</summary>
public sealed class ConvolutionNode : AffineNode
{
    private readonly ConvolutionDescription _description;

    internal ConvolutionNode(ConvolutionDescription description, GraphNode input, IReadOnlyList<long> shape, Conv2d module)
        : base(description, input, shape, module)
    {
        _description = description;
        Convolution = module;
    }

    /// <summary>The module that holds weight <c>[C', C / groups, kH, kW]</c> and bias <c>[C']</c>.</summary>
    public Conv2d Convolution { get; }

    /// <inheritdoc/>
    public override long Macs => Neurons * _description.InChannels / _description.Groups * _description.Kernel[0] * _description.Kernel[1];

    internal IReadOnlyList<long> Kernel => _description.Kernel;

    internal IReadOnlyList<long> Stride => _description.Stride;

    internal IReadOnlyList<long> Padding => _description.Padding;

    internal IReadOnlyList<long> Dilation => _description.Dilation;

    internal long Groups => _description.Groups;

    /// <summary>Whether every channel is filtered by itself.</summary>
    internal bool IsDepthwise => _description.IsDepthwise;

    internal bool HasPadding => Padding.Any(size => size > 0);

    /// <summary>Whether the kernel moves by single steps over neighbouring values of all channels.</summary>
    internal bool HasUnitSteps => Stride.All(step => step == 1) && Dilation.All(step => step == 1) && _description.Groups == 1;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs)
    {
        using var scope = NewDisposeScope();
        return Convolution.call(MemoryLayout.Unambiguous(inputs[0])).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Apply(x, WeightIn(x.dtype), Bias(x)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Apply(x, WeightIn(x.dtype), null).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Apply(x, Magnitude("weight", Convolution.weight, x), null).MoveToOuterDisposeScope();
    }

    internal override long Terms => (_description.InChannels / _description.Groups * Kernel[0] * Kernel[1]) + 1;

    internal override Tensor? Shift(Tensor like) => Bias(like)?.reshape(-1, 1, 1);

    private protected override Tensor? ChangingWeight => Convolution.weight;

    /// <summary>The weight in a type of numbers; that in 64 bits is exact where a normalisation is folded into it.</summary>
    internal Tensor WeightIn(ScalarType type) =>
        Convolution.weight.dtype == type ? Convolution.weight : Derived($"weight as {type}", () => Convolution.weight.to(type));

    /// <summary>
    /// The weights tap by tap, <c>[kH, kW, C, C']</c> and contiguous, in the type of <paramref name="like"/>; only without groups.
    /// </summary>
    internal Tensor TapWeights(Tensor like) =>
        Derived($"taps as {like.dtype}", () => WeightIn(like.dtype).permute(2, 3, 1, 0).contiguous());

    private Tensor? Bias(Tensor like) => Convolution.bias is null ? null : Matching("bias", Convolution.bias, like);

    /// <summary><c>W x</c> of channels <c>[C]</c> that have one value everywhere, without padding: <c>[C']</c>, in their type.</summary>
    internal Tensor LinearOfConstant(Tensor channels)
    {
        using var scope = NewDisposeScope();
        var patch = channels.reshape(1, -1, 1, 1).expand(1, -1, Kernel[0], Kernel[1]).contiguous();
        return nn.functional.conv2d(patch, Convolution.weight.to(channels.dtype), null, [1, 1], [0, 0], [1, 1], Groups).flatten()
            .MoveToOuterDisposeScope();
    }

    /// <summary><c>W x</c> on values that bring their own padding.</summary>
    internal Tensor LinearWithoutPadding(Tensor x) =>
        nn.functional.conv2d(MemoryLayout.Unambiguous(x), WeightIn(x.dtype), null, [.. Stride], [0, 0], [.. Dilation], _description.Groups);

    private Tensor Apply(Tensor x, Tensor weight, Tensor? bias) =>
        nn.functional.conv2d(
            MemoryLayout.Unambiguous(x), weight, bias, [.. _description.Stride], [.. _description.Padding], [.. _description.Dilation],
            _description.Groups);
}

internal sealed record ConvolutionDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    long InChannels,
    long OutChannels,
    IReadOnlyList<long> Kernel,
    IReadOnlyList<long> Stride,
    IReadOnlyList<long> Padding,
    IReadOnlyList<long> Dilation,
    long Groups,
    bool Bias) : NodeDescription(Name, Inputs)
{
    /// <summary>Whether every channel is filtered by itself.</summary>
    [JsonIgnore]
    public bool IsDepthwise => Groups > 1 && Groups == InChannels;

    public static ConvolutionDescription Of(string name, string input, Conv2d module)
    {
        if (module.padding_mode != PaddingModes.Zeros)
            throw new GraphException(name, $"padding mode {module.padding_mode} is not supported, only zeros.")
                { Value = module.padding_mode };
        if (module.padding_type is not null)
            throw new GraphException(name, $"padding '{module.padding_type}' is not supported; give the padding as numbers.")
                { Value = module.padding_type };
        return new(name, [input], module.in_channels, module.out_channels, module.kernel_size, module.stride, module.padding!,
            module.dilation, module.groups, module.bias is not null);
    }

    [JsonIgnore]
    public override double Weights => (double)OutChannels * InChannels / Groups * Kernel[0] * Kernel[1];

    public override nn.Module CreateModule() => nn.Conv2d(
        InChannels, OutChannels, (Kernel[0], Kernel[1]), (Stride[0], Stride[1]), (Padding[0], Padding[1]), (Dilation[0], Dilation[1]),
        groups: Groups, bias: Bias);

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = ShapeRules.FeatureMap(Name, inputs);
        if (shape[0] != InChannels)
            throw new GraphException(Name, $"it takes {InChannels} channels, but '{inputs[0].Name}' gives {shape[0]}.")
                { Value = shape[0] };
        return new ConvolutionNode(this, inputs[0],
            [OutChannels, .. ShapeRules.Slide(Name, shape, Kernel, Stride, Padding, Dilation)], (Conv2d)module!);
    }
}
