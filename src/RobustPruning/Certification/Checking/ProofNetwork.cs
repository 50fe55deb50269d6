using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>Copies a network as it is, nothing folded, into 64-bit numbers; every 32-bit weight is such a number.</summary>
internal static class ProofNetwork
{
    /// <summary>The copy, its output the values that a property is about, in evaluation mode; the caller owns it.</summary>
    public static GraphModule Of(Graph network, OutputProperty property)
    {
        var extended = property.Extend(network);
        try
        {
            return Of(extended);
        }
        finally
        {
            if (extended != network)
                extended.Output.Module?.Dispose();
        }
    }

    /// <summary>The copy in evaluation mode; the caller owns it, the original is untouched.</summary>
    public static GraphModule Of(Graph network)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var copy = GraphModule.FromDescriptions([.. network.Nodes.Select(node => node.Description)]);
        copy.to(float64);
        foreach (var (original, node) in network.Nodes.Zip(copy.Graph.Nodes).Where(pair => pair.First.Module is not null))
            WeightCopy.All(original.Module!, node.Module!);
        copy.eval();
        return copy;
    }
}
