using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Lowering;

/// <summary>The nodes of a model that its outputs depend on; what no output needs may be anything.</summary>
internal static class NeededNodes
{
    /// <summary>The nodes in their order.</summary>
    /// <exception cref="OnnxException">Two nodes give the same value.</exception>
    public static IEnumerable<NodeMessage> Of(GraphMessage graph, IReadOnlyList<string> outputs)
    {
        var givers = new Dictionary<string, NodeMessage>();
        foreach (var node in graph.Nodes)
        {
            foreach (var output in node.Outputs.Where(output => output.Length > 0))
            {
                if (!givers.TryAdd(output, node))
                    throw new OnnxException($"two values have the name '{output}'.") { Name = output };
            }
        }

        var needed = new HashSet<NodeMessage>();
        var open = new Stack<string>(outputs);
        while (open.TryPop(out var name))
        {
            if (givers.TryGetValue(name, out var giver) && needed.Add(giver))
                giver.Inputs.ForEach(open.Push);
        }

        return graph.Nodes.Where(needed.Contains);
    }
}
