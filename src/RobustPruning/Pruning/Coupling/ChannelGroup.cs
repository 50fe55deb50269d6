using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>
/// Channels of which each must leave with everything that is coupled to it: the outputs of the layers that make it (several where branches
/// are added), the batch normalisations, rescalings and depthwise convolutions on its way, and the inputs of the layers that read it.
/// Printed, a group reads as the explanation.
/// </summary>
public sealed class ChannelGroup
{
    private readonly IReadOnlyList<GraphNode> _joined;

    internal ChannelGroup(
        int width,
        IReadOnlyList<ChannelEntries> outputs,
        IReadOnlyList<ChannelEntries> inputs,
        IReadOnlyList<ChannelEntries> preActivations,
        IReadOnlyList<GraphNode> joined)
    {
        Width = width;
        Outputs = outputs;
        Inputs = inputs;
        PreActivations = preActivations;
        _joined = joined;
        Name = string.Join('+', Producers.Select(node => node.Name));
    }

    /// <summary>
    /// The names of the layers that make the channels, for example <c>conv1</c> or <c>conv1+layer1.0.conv2</c>; unique in its network, and
    /// the same after pruning.
    /// </summary>
    public string Name { get; }

    /// <summary>The number of channels, each with all that is coupled to it counted once.</summary>
    public int Width { get; }

    /// <summary>The layers whose outputs leave with a channel: convolutions, linear layers, batch normalisations, rescalings.</summary>
    public IReadOnlyList<ChannelEntries> Outputs { get; }

    /// <summary>The convolutions and linear layers whose inputs leave with a channel.</summary>
    public IReadOnlyList<ChannelEntries> Inputs { get; }

    /// <summary>The rearrangements that move the channels, at their inputs.</summary>
    internal IReadOnlyList<ChannelEntries> MovedInputs { get; init; } = [];

    /// <summary>The rearrangements that move the channels, at their outputs.</summary>
    internal IReadOnlyList<ChannelEntries> MovedOutputs { get; init; } = [];

    /// <summary>
    /// The values at which the channels' neurons are measured: those that enter a nonlinearity, or the first producer's if none does.
    /// </summary>
    public IReadOnlyList<ChannelEntries> PreActivations { get; }

    /// <summary>The convolutions and linear layers that make the channels.</summary>
    public IEnumerable<GraphNode> Producers => Outputs.Select(layer => layer.Node)
        .Where(node => node is LinearNode or TransposedConvolutionNode or ConvolutionNode { IsDepthwise: false });

    /// <summary>
    /// The groups of a network, in the graph's order. Channels of the image, and those that reach the output, are in none: they cannot
    /// leave.
    /// </summary>
    /// <exception cref="PruningException">A layer couples channels in an unknown way.</exception>
    public static IReadOnlyList<ChannelGroup> Of(Graph network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return ChannelCoupling.Groups(network);
    }

    /// <summary>
    /// For example <c>16 channels of conv1, normalised by bn1, read by conv2</c>, or <c>8 channels of conv1 and conv3, added by sum, read
    /// by fc (4 inputs a channel)</c>.
    /// </summary>
    public override string ToString() =>
        $"{Width} channels of {List(Outputs.Where(layer => Producers.Contains(layer.Node)), "output")}"
        + Part("added by", _joined.OfType<AdditionNode>().Select(node => node.Name))
        + Part("multiplied by", _joined.OfType<ProductNode>().Select(node => node.Name))
        + Part(
            "normalised by",
            Outputs
                .Select(layer => layer.Node)
                .Where(node => node is BatchNormalizationNode or NormalizationScaleNode)
                .Select(node => node.Name))
        + Part("rescaled by", Outputs.Select(layer => layer.Node).OfType<RescalingNode>().Select(node => node.Name))
        + Part("moved by", MovedOutputs.Select(layer => layer.Node.Name))
        + Part("filtered by", Outputs.Where(layer => IsDepthwise(layer.Node)).Select(layer => Entries(layer, "output")))
        + Part("read by", Inputs.Where(layer => !IsDepthwise(layer.Node)).Select(layer => Entries(layer, "input")));

    private static bool IsDepthwise(GraphNode node) => node is ConvolutionNode { IsDepthwise: true };

    private string List(IEnumerable<ChannelEntries> layers, string kind) => List(layers.Select(layer =>
        layer.Node.Channels > layer.Entries.Sum(entries => entries.Count)
            ? $"the {layer.Node.Channels} of {Entries(layer, kind)}" : Entries(layer, kind)));

    private static string Part(string verb, IEnumerable<string> names) => names.Any() ? $", {verb} {List(names)}" : string.Empty;

    private static string List(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }

    private static string Entries(ChannelEntries layer, string kind) =>
        layer.Node.Name + (layer.Entries[0].Count == 1 ? string.Empty : $" ({layer.Entries[0].Count} {kind}s a channel)");
}
