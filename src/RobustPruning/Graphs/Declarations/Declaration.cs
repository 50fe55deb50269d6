using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Reads the nodes that a module declares.</summary>
internal static class Declaration
{
    /// <summary>The nodes of a module that declares them, trusted if it runs them, checked if it does not.</summary>
    /// <param name="module">The module, which is a <see cref="IDeclaresNodes"/>.</param>
    /// <param name="path">Its name in the network that uses it, for messages; empty if it is the network.</param>
    /// <param name="inputShape">The shape of one input, without the batch.</param>
    public static Graph Of(nn.Module<Tensor, Tensor> module, string path, IReadOnlyList<long> inputShape)
    {
        Graph graph;
        try
        {
            graph = module is DeclaredModule own ? own.GraphFor(inputShape) : Read(module, (IDeclaresNodes)module, inputShape);
        }
        catch (GraphException error) when (path.Length > 0)
        {
            throw error.Within(path);
        }

        if (module is not DeclaredModule)
            DeclarationCheck.Require(module, path.Length > 0 ? path : module.GetName(), graph);
        return graph;
    }

    /// <summary>The nodes as declared, each over a layer that the module knows as its own.</summary>
    public static Graph Read(nn.Module module, IDeclaresNodes declaring, IReadOnlyList<long> inputShape)
    {
        var builder = new GraphBuilder(inputShape);
        var output = declaring.Declare(builder, builder.Input) ?? throw new GraphException(module.GetName(), "it declared no output.");
        var graph = builder.Build(output);
        var registered = module.modules().ToHashSet();
        if (graph.Nodes.FirstOrDefault(node => node.Module is not (null or Rescaling) && !registered.Contains(node.Module)) is { } stranger)
        {
            throw new GraphException(
                stranger.Name,
                $"its weights are not registered with {module.GetType().Name}, so training and eval() would "
                    + "not reach them; call RegisterComponents() at the end of the constructor.");
        }

        return graph;
    }
}
