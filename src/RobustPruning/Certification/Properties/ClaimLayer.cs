using RobustPruning.Graphs;
using TorchSharp.Modules;

namespace RobustPruning.Certification;

/// <summary>Linear constraints as one more layer of a network, so that a propagator bounds A y itself, not each output on its own.</summary>
internal static class ClaimLayer
{
    /// <summary>The network with the layer behind its output; over the same weights.</summary>
    public static Graph Append(Graph network, Linear layer)
    {
        var builder = new GraphBuilder((InputDescription)network.Input.Description);
        var copies = new Dictionary<GraphNode, GraphNode> { [network.Input] = builder.Input };
        foreach (var node in network.Nodes.Skip(1))
            copies[node] = builder.Add(node.Description, [.. node.Inputs.Select(input => copies[input])], node.Module);

        var name = "constraints";
        while (network.Nodes.Any(node => node.Name == name))
            name += "_";
        return builder.Build(builder.Linear(name, copies[network.Output], layer));
    }
}
