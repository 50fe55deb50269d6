using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Max pooling of a feature map, per channel; padding never wins. Its input counts as no pre-activation: a value is compared with its
/// neighbours there, not with zero.
/// </summary>
public sealed class MaxPoolNode : GraphNode
{
    private readonly MaxPoolDescription _description;

    internal MaxPoolNode(MaxPoolDescription description, GraphNode input, IReadOnlyList<long> shape)
        : base(description, [input], shape, null)
    {
        _description = description;
        Entries = [.. from row in Enumerable.Range(0, (int)description.Kernel[0])
                      from column in Enumerable.Range(0, (int)description.Kernel[1])
                      select new PoolEntryNode(description, input, shape, row, column)];
    }

    /// <summary>The node whose values compete.</summary>
    public GraphNode Input => Inputs[0];

    /// <summary>The entries of a window, row by row: each the linear map that takes it out of every window.</summary>
    internal IReadOnlyList<PoolEntryNode> Entries { get; }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Pool(inputs[0]);

    /// <summary>The greatest value of each window; the caller owns the result.</summary>
    internal Tensor Pool(Tensor x) => nn.functional.max_pool2d(
        x, [.. _description.Kernel], [.. _description.Stride], [.. _description.Padding], [.. _description.Dilation]);
}

internal sealed record MaxPoolDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<long> Kernel,
    IReadOnlyList<long> Stride,
    IReadOnlyList<long> Padding,
    IReadOnlyList<long> Dilation) : NodeDescription(Name, Inputs)
{
    public static MaxPoolDescription Of(string name, string input, MaxPool2d module)
    {
        if (module.ceil_mode)
            throw new GraphException(name, "max pooling with ceil_mode is not supported.") { Value = true };
        var kernel = PoolSizes.Pair(module.kernel_size, [1, 1]);
        return new(name, [input], kernel, PoolSizes.Pair(module.stride, kernel), PoolSizes.Pair(module.padding, [0, 0]),
            PoolSizes.Pair(module.dilation, [1, 1]));
    }

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = ShapeRules.FeatureMap(Name, inputs);
        PoolSizes.Require(Name, Kernel, Stride, Padding, Dilation);
        var sizes = ShapeRules.Slide(Name, shape, Kernel, Stride, Padding, Dilation);
        if (!EveryWindowHoldsAValue(0, shape[1], sizes[0]) || !EveryWindowHoldsAValue(1, shape[2], sizes[1]))
            throw new GraphException(Name, "a window holds nothing but padding, whose maximum is -infinity.");
        return new MaxPoolNode(this, inputs[0], [shape[0], .. sizes]);
    }

    // With a dilation, a window may step over the whole map.
    private bool EveryWindowHoldsAValue(int axis, long values, long outputs) => Enumerable.Range(0, (int)outputs).All(output =>
        Enumerable.Range(0, (int)Kernel[axis]).Select(entry => (output * Stride[axis]) - Padding[axis] + (entry * Dilation[axis]))
            .Any(place => place >= 0 && place < values));
}
