using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Average pooling of a feature map to a given size, per channel. Along one axis of n values, output i of m is the mean of the values
/// from ⌊i·n / m⌋ to ⌈(i + 1)·n / m⌉ − 1; a size of 1×1 is global average pooling. Linear, with non-negative weights.
/// </summary>
public sealed class AdaptiveAveragePoolNode : AffineNode
{
    internal AdaptiveAveragePoolNode(AdaptiveAveragePoolDescription description, GraphNode input)
        : base(description, input, [input.Channels, .. description.Size], null)
    {
        var (rows, columns) = (Windows(input.Shape[1], Shape[1]), Windows(input.Shape[2], Shape[2]));
        if (rows is var (height, down) && columns is var (width, across))
        {
            Uniform = new AveragePoolNode(
                new AveragePoolDescription(Name, description.Inputs, [height, width], [down, across], [0, 0], true, null), input, Shape);
        }
    }

    /// <summary>The average pooling that this is, or null where windows differ in size or step.</summary>
    internal AveragePoolNode? Uniform { get; }

    internal override long Terms => (Input.Shape[1] * Input.Shape[2]) + 1;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Pool(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x) => Pool(x);

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x) => Pool(x);

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x) => Pool(x);

    private Tensor Pool(Tensor x) => nn.functional.adaptive_avg_pool2d(x, [Shape[1], Shape[2]]);

    /// <summary>The size and the step of all windows along one axis, or null where they differ.</summary>
    private static (long Size, long Step)? Windows(long values, long outputs)
    {
        (long Start, long Size) first = Window(0), second = outputs > 1 ? Window(1) : (values, first.Size);
        var uniform = Enumerable.Range(0, (int)outputs).All(output => Window(output) == (output * second.Start, first.Size));
        return uniform && second.Start > 0 ? (first.Size, second.Start) : null;

        (long Start, long Size) Window(long output)
        {
            var start = output * values / outputs;
            return (start, (((output + 1) * values) + outputs - 1) / outputs - start);
        }
    }
}

internal sealed record AdaptiveAveragePoolDescription(string Name, IReadOnlyList<string> Inputs, IReadOnlyList<long> Size)
    : NodeDescription(Name, Inputs)
{
    public static AdaptiveAveragePoolDescription Of(string name, string input, AdaptiveAvgPool2d module) =>
        new(name, [input], PoolSizes.Pair(module.output_size, []));

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        ShapeRules.FeatureMap(Name, inputs);
        if (Size is not [> 0, > 0])
            throw new GraphException(Name, $"the output size [{string.Join(", ", Size)}] needs a positive height and width.")
                { Value = Size };
        return new AdaptiveAveragePoolNode(this, inputs[0]);
    }
}
