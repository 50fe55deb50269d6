using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>The layers that stay as they are, inputs and outputs: those that options name, and those that share their weights.</summary>
internal sealed class ExcludedLayers
{
    private readonly HashSet<GraphNode> _nodes = [];

    public ExcludedLayers(Graph network, PruningOptions options)
    {
        // Layers that share weights stay alike.
        _nodes.UnionWith(network.TiedLayers.SelectMany(tied => new[] { tied.Layer, tied.First }));
        foreach (var name in options.Excluded)
        {
            Add(name, network.Nodes.Where(node => node.Name == name || node.Name.StartsWith(name + '.', StringComparison.Ordinal)),
                $"The excluded layer '{name}' is not in the network.");
        }

        foreach (var module in options.ExcludedModules)
        {
            var parts = module.modules().Append(module).ToHashSet();
            Add(module.GetName(), network.Nodes.Where(node => node.Module is not null && parts.Contains(node.Module)),
                $"The excluded module '{module.GetName()}' ({module.GetType().Name}) holds no layer of the network.");
        }
    }

    /// <summary>An excluded layer that a group's channels stand in, or null.</summary>
    public GraphNode? In(ChannelGroup group) =>
        group.Outputs.Concat(group.Inputs).Concat(group.MovedInputs).Select(layer => layer.Node).FirstOrDefault(_nodes.Contains);

    private void Add(string name, IEnumerable<GraphNode> found, string otherwise)
    {
        GraphNode[] nodes = [.. found];
        if (nodes.Length == 0)
            throw new PruningException(otherwise) { Name = name };
        _nodes.UnionWith(nodes);
    }
}
