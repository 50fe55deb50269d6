using RobustPruning.Graphs;

namespace RobustPruning.Onnx.Lowering;

/// <summary>
/// A value <c>[N, C, ...]</c> of which an operator works on channels: a sample is <c>[C, ...]</c>, with up to three sizes.
/// </summary>
internal sealed class FeatureMap
{
    private const int MostSizes = 3;

    private readonly OperatorCall _call;
    private readonly Variable _value;

    /// <summary>The call's first input as a feature map.</summary>
    /// <exception cref="OnnxException">
    /// It has too few or too many axes, or several samples within the one that the whole tensor is.
    /// </exception>
    public FeatureMap(OperatorCall call, int leastSizes = 1)
    {
        (_call, _value) = (call, call.VariableInput(0));
        var shape = _value.Shape;
        if (shape.Count < 2 + leastSizes || shape.Count > 2 + MostSizes)
            throw call.Refuse($"it reads [{string.Join(", ", shape)}]; [N, C] and {leastSizes} to {MostSizes} sizes are supported.");
        if (!_value.HasBatch && shape[0] != 1)
            throw call.Refuse($"it reads a batch of {shape[0]}, but the whole tensor is read as one sample.");
        (Channels, Sizes) = (shape[1], [.. shape.Skip(2)]);
    }

    private FeatureMap(OperatorCall call, Variable value, long[] sizes) =>
        (_call, _value, Channels, Sizes) = (call, value, value.Shape[1], sizes);

    public long Channels { get; }

    public long[] Sizes { get; }

    /// <summary>The node.</summary>
    public GraphNode Node => _value.Node;

    /// <summary>
    /// The node as <c>[C, H, W]</c>: sizes that are missing are 1, and three are two, the first of them in front of the second.
    /// </summary>
    public GraphNode Flat => _call.Network.As(Node, FlatShape(Channels, Sizes));

    /// <summary>A map of the same channels and other sizes, which a node gives.</summary>
    public FeatureMap With(GraphNode node, long[] sizes) => new(_call, Result(node, Channels, sizes), sizes);

    /// <summary>The shape of a node of channels and up to three sizes.</summary>
    public static long[] FlatShape(long channels, IReadOnlyList<long> sizes) => sizes switch
    {
        [] => [channels, 1, 1],
        [var length] => [channels, length, 1],
        [var height, var width] => [channels, height, width],
        _ => [channels, sizes[0] * sizes[1], sizes[2]],
    };

    /// <summary>What a node gives in the place of this map.</summary>
    public Variable Result(GraphNode node, long channels, params IReadOnlyList<long> sizes) =>
        new(node, [_value.Shape[0], channels, .. sizes], _value.HasBatch);
}
