using RobustPruning.Graphs;
using RobustPruning.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>Removes channels from a network.</summary>
public static class ChannelPruner
{
    /// <summary>
    /// Builds the pruned network: every layer really shrinks, with its weights cut along. The original is left as it was, whatever happens.
    /// </summary>
    /// <param name="network">The network that the plan was made for.</param>
    /// <param name="plan">Which channels leave.</param>
    /// <returns>
    /// A new network, each layer in the training or evaluation mode of the original's and asking for gradients where it does; the caller
    /// owns it.
    /// </returns>
    /// <exception cref="PruningException">The plan was made for another network.</exception>
    /// <exception cref="GraphException">Two layers use the same weights; the message names both.</exception>
    public static GraphModule Apply(Graph network, PruningPlan plan)
    {
        Require(network, plan);
        network.RequireOwnWeights();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var cuts = LayerCut.Of(plan);
        var shifts = FoldedBias.Of(plan);
        var pruned = GraphModule.FromDescriptions([.. network.Nodes.Select(node => Describe(node, cuts, shifts))]);
        try
        {
            pruned.MatchTypeAndDevice(network);
            foreach (var (node, copy) in network.Nodes.Zip(pruned.Graph.Nodes).Where(pair => pair.First.Module is not null))
                Fill(node, copy, cuts.GetValueOrDefault(node, LayerCut.Nothing), shifts.GetValueOrDefault(node));
            pruned.train(network.Modules.Any(module => module.training));
            foreach (var (node, copy) in network.Nodes.Zip(pruned.Graph.Nodes).Where(pair => pair.First.Module is not null))
                copy.Module!.train(node.Module!.training);
            return pruned;
        }
        catch
        {
            pruned.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Lets an optimizer of the pruned network go on where the original's is: copies options and what it remembers of each weight (for
    /// example Adam's moments), cut along. What it remembers of a weight has the weight's shape, or is one number.
    /// </summary>
    /// <param name="plan">The plan that was applied.</param>
    /// <param name="pruned">The network that <see cref="Apply"/> made of it.</param>
    /// <param name="from">The optimizer of the original network's parameters, or some of them.</param>
    /// <param name="to">
    /// A fresh optimizer of the same kind over the same parameters of the pruned network, in the same groups and order.
    /// </param>
    /// <exception cref="PruningException">
    /// The optimizers do not fit the networks or each other, or hold a state that cannot be cut.
    /// </exception>
    public static void CopyState(PruningPlan plan, GraphModule pruned, OptimizerHelper from, OptimizerHelper to)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(pruned);
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        OptimizerCut.Copy(plan, pruned, from, to);
    }

    private static NodeDescription Describe(
        GraphNode node,
        IReadOnlyDictionary<GraphNode, LayerCut> cuts,
        IReadOnlyDictionary<GraphNode, Tensor> shifts)
    {
        var description = cuts.GetValueOrDefault(node, LayerCut.Nothing).Narrow(node);
        return (shifts.ContainsKey(node), description) switch
        {
            (true, ConvolutionDescription convolution) => convolution with { Bias = true },
            (true, LinearDescription linear) => linear with { Bias = true },
            _ => description,
        };
    }

    private static void Fill(GraphNode original, GraphNode copy, LayerCut cut, Tensor? shift)
    {
        nn.Module from = original.Module!, to = copy.Module!;
        foreach (var (name, parameter) in to.named_parameters())
        {
            // A bias may be new: it holds the folded constants.
            if (from.get_parameter(name) is { } old)
            {
                WeightCopy.Into(cut.Select(old), parameter);
                parameter.requires_grad = old.requires_grad;
            }
            else
            {
                parameter.zero_();
            }

            if (name == "bias" && shift is not null)
                parameter.PlusInPlace(cut.Select(shift).to(parameter.dtype));
        }

        var buffers = from.named_buffers().ToDictionary(named => named.name, named => named.buffer);
        foreach (var (name, buffer) in to.named_buffers())
            WeightCopy.Into(cut.Select(buffers[name]), buffer);
    }

    private static void Require(Graph network, PruningPlan plan)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Network == network)
            return;
        var stranger = plan.Removed.Keys.SelectMany(group => group.Producers).FirstOrDefault(node => !network.Nodes.Contains(node));
        throw new PruningException(stranger is null
            ? "The plan was made for another Graph object; make it, and apply it, with the same one."
            : $"The plan prunes layer '{stranger.Name}' of another network; make it, and apply it, with the same Graph object.");
    }
}
