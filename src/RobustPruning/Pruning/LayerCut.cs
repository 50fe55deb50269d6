using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>What stays of one layer; null where everything does.</summary>
/// <param name="Outputs">The outputs that stay, ascending.</param>
/// <param name="Inputs">The inputs that stay, ascending.</param>
internal sealed record LayerCut(long[]? Outputs, long[]? Inputs)
{
    /// <summary>Nothing leaves.</summary>
    public static readonly LayerCut Nothing = new(null, null);

    /// <summary>Whether weights have the inputs along the first dimension and the outputs along the second.</summary>
    public bool IsTransposed { get; private init; }

    /// <summary>The cut of each layer that a plan touches.</summary>
    public static IReadOnlyDictionary<GraphNode, LayerCut> Of(PruningPlan plan)
    {
        var outputs = Kept(plan, group => [.. group.Outputs, .. group.MovedOutputs], layer => layer.Channels);
        var inputs = Kept(plan, group => [.. group.Inputs, .. group.MovedInputs], layer => layer.Inputs[0].Channels);
        return outputs
            .Keys.Union(inputs.Keys)
            .ToDictionary(
                node => node,
                node => new LayerCut(outputs.GetValueOrDefault(node), inputs.GetValueOrDefault(node))
                {
                    IsTransposed = node is TransposedConvolutionNode,
                });
    }

    /// <summary>The layer's description with its new widths.</summary>
    public NodeDescription Narrow(GraphNode node) => node.Description switch
    {
        ConvolutionDescription convolution => convolution with
        {
            OutChannels = Outputs?.Length ?? convolution.OutChannels,
            InChannels = Inputs?.Length ?? convolution.InChannels,

            // A depthwise convolution has a group a channel; the groups of others stay, each of them narrower.
            Groups = convolution.IsDepthwise ? Inputs?.Length ?? convolution.Groups : convolution.Groups,
        },
        TransposedConvolutionDescription transposed => transposed with
        {
            OutChannels = Outputs?.Length ?? transposed.OutChannels,
            InChannels = Inputs?.Length ?? transposed.InChannels,
        },
        LinearDescription linear => linear with
        {
            OutFeatures = Outputs?.Length ?? linear.OutFeatures,
            InFeatures = Inputs?.Length ?? linear.InFeatures,
        },
        BatchNormalizationDescription normalization => normalization with { Features = Outputs?.Length ?? normalization.Features },
        NormalizationScaleDescription scale => scale with { Sizes = Narrow(scale.Sizes) },
        RescalingDescription rescaling => rescaling with { Scale = Narrow(rescaling.Scale), Shift = Narrow(rescaling.Shift) },
        RearrangementDescription rearrangement => Narrow(rearrangement, (RearrangementNode)node),
        var other => other,
    };

    /// <summary>
    /// What stays of a weight or of anything that has a number for each weight: outputs along the first dimension, inputs along the second.
    /// </summary>
    /// <param name="values">A parameter, a running statistic, a constant of a rescaling, or an optimizer's memory of one.</param>
    /// <returns>The values, or a copy of what stays of them in the current dispose scope.</returns>
    public Tensor Select(Tensor values)
    {
        if (IsTransposed && values.dim() > 1)
            return new LayerCut(Inputs, Outputs).Select(values);

        // A constant may be the same for all channels.
        if (Outputs is not null && values.dim() > 0 && values.shape[0] > 1)
            values = values.index_select(0, tensor(Outputs, device: values.device));

        // The weight of a grouped convolution has the inputs of one group, and the same places leave in each; that of a depthwise one has
        // one.
        if (Inputs is not null && values.dim() > 1 && values.shape[1] > 1)
            values = values.index_select(1, tensor(Array.FindAll(Inputs, input => input < values.shape[1]), device: values.device));
        return values;
    }

    private IReadOnlyList<long> Narrow(IReadOnlyList<long> constants) =>
        Outputs is null || constants is not [> 1, ..] ? constants : [Outputs.Length, .. constants.Skip(1)];

    /// <summary>Values of channels that stay come from channels that stay, whose places are others now.</summary>
    private RearrangementDescription Narrow(RearrangementDescription description, RearrangementNode node)
    {
        long before = node.Input.Neurons / node.Input.Channels, after = node.Neurons / node.Channels;
        long[] outputs = Outputs ?? All(node), inputs = Inputs ?? All(node.Input);
        var places = inputs.Index().ToDictionary(input => input.Item, input => (long)input.Index);
        return description with
        {
            Shape = [outputs.Length, .. node.Shape.Skip(1)],
            Sources = node.Sources is null ? null : [.. outputs.SelectMany(channel =>
                node.Sources.Skip((int)(channel * after)).Take(
                    (int)after).Select(source => source < 0 ? source : (places[source / before] * before) + (source % before)))],
        };
    }

    private static long[] All(GraphNode node) => [.. Enumerable.Range(0, (int)node.Channels).Select(channel => (long)channel)];

    private static Dictionary<GraphNode, long[]> Kept(
        PruningPlan plan, Func<ChannelGroup, IReadOnlyList<ChannelEntries>> layers, Func<GraphNode, long> width)
    {
        var leaving = new Dictionary<GraphNode, HashSet<int>>();
        foreach (var (group, removed) in plan.Removed.Where(entry => entry.Value.Count > 0))
        {
            foreach (var layer in layers(group))
            {
                if (!leaving.TryGetValue(layer.Node, out var entries))
                    leaving[layer.Node] = entries = [];
                entries.UnionWith(removed.SelectMany(channel => layer.Entries[channel]));
            }
        }

        return leaving.ToDictionary(entry => entry.Key, entry => Enumerable.Range(0, (int)width(entry.Key))
            .Where(index => !entry.Value.Contains(index)).Select(index => (long)index).ToArray());
    }
}
