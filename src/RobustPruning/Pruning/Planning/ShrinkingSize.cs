using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>The parameters and MACs of a network while channels leave it.</summary>
internal sealed class ShrinkingSize
{
    private readonly Dictionary<GraphNode, (long Outputs, long Inputs)> _widths;

    public ShrinkingSize(Graph network)
    {
        _widths = network.Nodes.ToDictionary(node => node, node => (node.Channels, node.Inputs.Count > 0 ? node.Inputs[0].Channels : 0));
        Parameters = network.Parameters;
        Macs = network.Macs;
    }

    /// <summary>Trainable parameters left.</summary>
    public long Parameters { get; private set; }

    /// <summary>Multiply-accumulate operations for one image left.</summary>
    public long Macs { get; private set; }

    /// <summary>Takes a channel out.</summary>
    public void Remove(ChannelGroup group, int channel) => Change(group, channel, -1);

    /// <summary>Puts a channel back.</summary>
    public void Restore(ChannelGroup group, int channel) => Change(group, channel, 1);

    private void Change(ChannelGroup group, int channel, int sign)
    {
        GraphNode[] layers = [.. group.Outputs.Concat(group.Inputs).Select(layer => layer.Node).Distinct()];
        Count(layers, -1);
        foreach (var layer in group.Outputs)
            _widths[layer.Node] = _widths[layer.Node] with
            {
                Outputs = _widths[layer.Node].Outputs + (sign * layer.Entries[channel].Count),
            };
        foreach (var layer in group.Inputs)
            _widths[layer.Node] = _widths[layer.Node] with { Inputs = _widths[layer.Node].Inputs + (sign * layer.Entries[channel].Count) };
        Count(layers, 1);
    }

    private void Count(GraphNode[] layers, int sign)
    {
        foreach (var layer in layers)
        {
            var (outputs, inputs) = _widths[layer];
            var (parameters, macs) = SizeOf(layer, outputs, inputs);
            Parameters += sign * parameters;
            Macs += sign * macs;
        }
    }

    /// <summary>What a layer would have with other widths.</summary>
    private static (long Parameters, long Macs) SizeOf(GraphNode layer, long outputs, long inputs)
    {
        switch (layer)
        {
            case ConvolutionNode convolution:
            {
                var weights =
                    outputs * (convolution.IsDepthwise ? 1 : inputs / convolution.Groups) * convolution.Kernel[0] * convolution.Kernel[1];
                return (
                    weights + (convolution.Convolution.bias is null ? 0 : outputs),
                    weights * convolution.Shape[1] * convolution.Shape[2]);
            }

            case TransposedConvolutionNode transposed:
            {
                var weights = outputs * inputs * transposed.Kernel[0] * transposed.Kernel[1];
                return (
                    weights + (transposed.Convolution.bias is null ? 0 : outputs),
                    weights * transposed.Input.Shape[1] * transposed.Input.Shape[2]);
            }

            case LinearNode linear:
                return ((outputs * inputs) + (linear.Weights.bias is null ? 0 : outputs), outputs * inputs);

            case BatchNormalizationNode normalization:
                return (normalization.Normalization.affine ? 2 * outputs : 0, 0);

            case NormalizationScaleNode scale:
                return ((scale.ShiftValues is null ? 1 : 2) * outputs * scale.ScaleValues.numel() / scale.Channels, 0);

            case RescalingNode:
                return (0, 0);

            default:
                throw new PruningException($"Layer '{layer.Name}' ({layer.GetType().Name}) cannot be narrowed.")
                    { Name = layer.Name, Value = layer.GetType().Name };
        }
    }
}
