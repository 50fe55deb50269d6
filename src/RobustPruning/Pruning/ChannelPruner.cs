using RobustPruning.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>Removes channels from a network.</summary>
public static class ChannelPruner
{
    /// <summary>
    /// Builds the pruned network: every layer really shrinks, with its weights cut along. The original is left as it was.
    /// </summary>
    /// <param name="network">The network that the plan was made for.</param>
    /// <param name="plan">Which channels leave.</param>
    /// <returns>A new network in the training or evaluation mode of the original; the caller owns it.</returns>
    /// <exception cref="PruningException">The plan was made for another network.</exception>
    public static GraphModule Apply(Graph network, PruningPlan plan)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var cuts = Cuts(network, plan);
        var pruned = GraphModule.FromDescriptions([.. network.Nodes.Select(node => cuts.GetValueOrDefault(node, Cut.Nothing).Narrow(node.Description))]);
        pruned.MatchTypeAndDevice(network);
        foreach (var (node, copy) in network.Nodes.Zip(pruned.Graph.Nodes).Where(pair => pair.First.Module is not null))
            CopyKept(node, copy, cuts.GetValueOrDefault(node, Cut.Nothing));
        pruned.train(network.Modules.Any(module => module.training));
        return pruned;
    }

    private static Dictionary<GraphNode, Cut> Cuts(Graph network, PruningPlan plan)
    {
        var cuts = new Dictionary<GraphNode, Cut>();
        foreach (var (group, removed) in plan.Removed)
        {
            if (!network.Nodes.Contains(group.Producer))
                throw new PruningException($"The plan prunes layer '{group.Producer.Name}' of another network.");
            var kept = Enumerable.Range(0, group.Width).Except(removed).Select(channel => (long)channel).ToArray();
            foreach (var node in group.Normalizations.Prepend<GraphNode>(group.Producer))
                cuts[node] = cuts.GetValueOrDefault(node, Cut.Nothing) with { Outputs = kept };
            foreach (var (node, block) in group.Consumers)
            {
                long[] inputs = [.. kept.SelectMany(channel => Enumerable.Range(0, (int)block).Select(place => (channel * block) + place))];
                cuts[node] = cuts.GetValueOrDefault(node, Cut.Nothing) with { Inputs = inputs };
            }
        }

        return cuts;
    }

    private static void CopyKept(GraphNode from, GraphNode to, Cut cut)
    {
        switch (from, to)
        {
            case (ConvolutionNode original, ConvolutionNode copy):
                CopyWeights(original.Convolution.weight, original.Convolution.bias, copy.Convolution.weight, copy.Convolution.bias, cut);
                break;
            case (LinearNode original, LinearNode copy):
                CopyWeights(original.Weights.weight, original.Weights.bias, copy.Weights.weight, copy.Weights.bias, cut);
                break;
            case (BatchNormalizationNode original, BatchNormalizationNode copy):
                CopyNormalization(original.Normalization, copy.Normalization, cut);
                break;
            default:
                throw new PruningException($"Layer '{from.Name}' ({from.GetType().Name}) cannot be narrowed.");
        }
    }

    private static void CopyWeights(Tensor weight, Tensor? bias, Tensor newWeight, Tensor? newBias, Cut cut)
    {
        WeightCopy.Into(Select(Select(weight, 0, cut.Outputs), 1, cut.Inputs), newWeight);
        if (bias is not null)
            WeightCopy.Into(Select(bias, 0, cut.Outputs), newBias!);
    }

    private static void CopyNormalization(BatchNorm2d original, BatchNorm2d copy, Cut cut)
    {
        WeightCopy.Into(Select(original.running_mean!, 0, cut.Outputs), copy.running_mean!);
        WeightCopy.Into(Select(original.running_var!, 0, cut.Outputs), copy.running_var!);
        WeightCopy.Into(original.num_batches_tracked!, copy.num_batches_tracked!);
        if (original.weight is not null)
            WeightCopy.Into(Select(original.weight, 0, cut.Outputs), copy.weight);
        if (original.bias is not null)
            WeightCopy.Into(Select(original.bias, 0, cut.Outputs), copy.bias!);
    }

    private static Tensor Select(Tensor values, long dimension, long[]? kept) =>
        kept is null ? values : values.index_select(dimension, tensor(kept, device: values.device));

    /// <summary>What stays of one layer; null where everything does.</summary>
    private sealed record Cut(long[]? Outputs, long[]? Inputs)
    {
        public static readonly Cut Nothing = new(null, null);

        public NodeDescription Narrow(NodeDescription description) => description switch
        {
            ConvolutionDescription convolution => convolution with
            {
                OutChannels = Outputs?.Length ?? convolution.OutChannels,
                InChannels = Inputs?.Length ?? convolution.InChannels,
            },
            LinearDescription linear => linear with
            {
                OutFeatures = Outputs?.Length ?? linear.OutFeatures,
                InFeatures = Inputs?.Length ?? linear.InFeatures,
            },
            BatchNormalizationDescription normalization => normalization with { Features = Outputs?.Length ?? normalization.Features },
            _ => description,
        };
    }
}
