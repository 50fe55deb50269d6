using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Average pooling of a feature map, per channel: linear, with non-negative weights.</summary>
public sealed class AveragePoolNode : AffineNode
{
    private readonly AveragePoolDescription _description;

    internal AveragePoolNode(AveragePoolDescription description, GraphNode input, IReadOnlyList<long> shape)
        : base(description, input, shape, null) => _description = description;

    internal IReadOnlyList<long> Kernel => _description.Kernel;

    internal IReadOnlyList<long> Stride => _description.Stride;

    internal IReadOnlyList<long> Padding => _description.Padding;

    /// <summary>Whether the divisor is the same everywhere.</summary>
    internal bool IsUniform => _description.CountIncludePadding || _description.Divisor is not null || Padding.All(size => size == 0);

    internal override long Terms => (Kernel[0] * Kernel[1]) + 1;

    /// <summary>Whether every value lies in one window at most, and all windows divide alike.</summary>
    internal bool IsPartition => IsUniform && Stride.SequenceEqual(Kernel);

    /// <summary>Whether there is one window, the whole map.</summary>
    internal bool IsGlobal => IsUniform && Kernel.SequenceEqual(Input.Shape.Skip(1)) && Padding.All(size => size == 0);

    /// <summary>What each value of a window counts, where windows divide alike.</summary>
    internal double Weight => 1.0 / (_description.Divisor ?? (Kernel[0] * Kernel[1]));

    /// <summary>The window that holds the value at a place, if one does; for a pooling that is a partition.</summary>
    internal (long Row, long Column)? WindowOf(long row, long column)
    {
        long down = (row + Padding[0]) / Stride[0], across = (column + Padding[1]) / Stride[1];
        return down < Shape[1] && across < Shape[2] ? (down, across) : null;
    }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Pool(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x) => Pool(x);

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x) => Pool(x);

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x) => Pool(x);

    /// <summary>The pooling of values that bring their own padding.</summary>
    internal Tensor LinearWithoutPadding(Tensor x) =>
        nn.functional.avg_pool2d(x, [.. Kernel], [.. Stride], [0, 0], ceil_mode: false, count_include_pad: true, _description.Divisor);

    private Tensor Pool(Tensor x) => nn.functional.avg_pool2d(
        x, [.. _description.Kernel], [.. _description.Stride], [.. _description.Padding],
        ceil_mode: false, _description.CountIncludePadding, _description.Divisor);
}

internal sealed record AveragePoolDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<long> Kernel,
    IReadOnlyList<long> Stride,
    IReadOnlyList<long> Padding,
    bool CountIncludePadding,
    long? Divisor) : NodeDescription(Name, Inputs)
{
    public static AveragePoolDescription Of(string name, string input, AvgPool2d module)
    {
        if (module.ceil_mode)
            throw new GraphException(name, "average pooling with ceil_mode is not supported.") { Value = true };
        if (module.divisor_override is <= 0)
            throw new GraphException(name, $"the divisor {module.divisor_override} must be positive.") { Value = module.divisor_override };
        var kernel = PoolSizes.Pair(module.kernel_size, [1, 1]);
        return new(
            name, [input], kernel, PoolSizes.Pair(module.stride, kernel), PoolSizes.Pair(module.padding, [0, 0]), module.count_include_pad,
            module.divisor_override);
    }

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = ShapeRules.FeatureMap(Name, inputs);
        PoolSizes.Require(Name, Kernel, Stride, Padding, [1, 1]);
        return new AveragePoolNode(this, inputs[0], [shape[0], .. ShapeRules.Slide(Name, shape, Kernel, Stride, Padding, [1, 1])]);
    }
}
