using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>
/// Channels that must leave together with everything coupled to them: the producer's outputs, the batch normalisations on the way, and
/// the inputs of the layers that read them.
/// </summary>
/// <param name="Producer">The convolution or linear layer that makes the channels.</param>
/// <param name="Normalizations">The batch normalisations that the channels pass.</param>
/// <param name="Consumers">The layers that read the channels.</param>
/// <param name="PreActivation">The value at which the channels' neurons are measured.</param>
public sealed record ChannelGroup(
    AffineNode Producer,
    IReadOnlyList<BatchNormalizationNode> Normalizations,
    IReadOnlyList<ChannelConsumer> Consumers,
    GraphNode PreActivation)
{
    /// <summary>The number of channels.</summary>
    public int Width => (int)Producer.Channels;

    /// <summary>The groups of a network, in the graph's order. Channels that reach the output are in none: they cannot leave.</summary>
    /// <exception cref="PruningException">
    /// Channels are coupled in a way that is not supported: by a grouped convolution, or by the addition or concatenation of branches; or
    /// they enter a sigmoid.
    /// </exception>
    public static IReadOnlyList<ChannelGroup> Of(Graph network)
    {
        var groups = new List<ChannelGroup>();
        foreach (var producer in network.Nodes.OfType<AffineNode>().Where(node => node is ConvolutionNode or LinearNode))
        {
            if (producer is ConvolutionNode { Convolution.groups: > 1 })
                throw new PruningException($"Layer '{producer.Name}' is a grouped convolution, which cannot be pruned.");
            if (Follow(network, producer) is { } group)
                groups.Add(group);
        }

        return groups;
    }

    /// <summary>For example <c>16 channels of conv1, normalised by bn1, read by conv2</c>.</summary>
    public override string ToString() =>
        $"{Width} channels of {Producer.Name}"
        + (Normalizations.Count == 0 ? string.Empty : $", normalised by {string.Join(", ", Normalizations.Select(node => node.Name))}")
        + $", read by {string.Join(", ", Consumers.Select(Describe))}";

    private static string Describe(ChannelConsumer consumer) =>
        consumer.Node.Name + (consumer.BlockSize == 1 ? string.Empty : $" ({consumer.BlockSize} inputs a channel)");

    private static ChannelGroup? Follow(Graph network, AffineNode producer)
    {
        var normalizations = new List<BatchNormalizationNode>();
        var consumers = new List<ChannelConsumer>();
        GraphNode? preActivation = null;
        var open = new Queue<(GraphNode Node, long BlockSize)>([(producer, 1)]);
        while (open.TryDequeue(out var at))
        {
            if (at.Node == network.Output)
                return null;
            foreach (var reader in network.Nodes.Where(node => node.Inputs.Contains(at.Node)))
            {
                switch (reader)
                {
                    case ConvolutionNode or LinearNode:
                        consumers.Add(new ChannelConsumer((AffineNode)reader, at.BlockSize));
                        continue;
                    case BatchNormalizationNode normalization:
                        normalizations.Add(normalization);
                        break;
                    case SigmoidNode:
                        throw new PruningException(
                            $"Layer '{reader.Name}' is a sigmoid, which makes 0.5 of a silent channel: pruning cannot remove that from its readers yet.");
                    case ActivationNode activation:
                        preActivation ??= activation.PreActivation;
                        break;
                    case AveragePoolNode or AdaptiveAveragePoolNode or MaxPoolNode:
                        break;
                    case AdditionNode or ConcatenationNode:
                        throw new PruningException(
                            $"Layer '{reader.Name}' joins branches, which couple the channels of '{producer.Name}' with others: "
                            + "pruning does not follow branches yet.");
                    case FlattenNode flatten:
                        // A flatten of a vector changes nothing; of a feature map it makes a block of each channel.
                        open.Enqueue((flatten, at.BlockSize * flatten.Channels / at.Node.Channels));
                        continue;
                    default:
                        throw new PruningException($"Layer '{reader.Name}' ({reader.GetType().Name}) couples channels in an unknown way.");
                }

                open.Enqueue((reader, at.BlockSize));
            }
        }

        return new ChannelGroup(producer, normalizations, consumers, preActivation ?? producer);
    }
}
