using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Turns TorchSharp modules into nodes: the registry of what the graph knows.</summary>
internal static class ModuleLowering
{
    /// <summary>
    /// Adds the nodes of the whole network and returns the last one. An outermost chain's own name says nothing, so it is left out.
    /// </summary>
    public static GraphNode LowerRoot(GraphBuilder builder, nn.Module network) => network is Sequential chain && IsChain(chain)
        ? LowerChain(builder, builder.Input, string.Empty, chain)
        : Lower(builder, builder.Input, network.GetName(), network);

    /// <summary>Adds the nodes of <paramref name="module"/> and returns the last one.</summary>
    public static GraphNode Lower(GraphBuilder builder, GraphNode input, string name, nn.Module module) => module switch
    {
        Sequential chain when IsChain(chain) => LowerChain(builder, input, name + ".", chain),
        GraphModule network => LowerGraph(builder, input, name, network.Graph),
        nn.Module<Tensor, Tensor> declared and IDeclaresNodes =>
            LowerGraph(builder, input, name, Declaration.Of(declared, name, input.Shape)),
        Conv2d convolution => builder.Convolution(name, input, convolution),
        Linear linear => builder.Linear(name, input, linear),
        BatchNorm2d normalization => builder.BatchNormalization(name, input, normalization),
        BatchNorm1d normalization => builder.BatchNormalization(name, input, normalization),
        Softmax { dim: >= 1 or < 0 } softmax when softmax.dim >= -input.Shape.Count =>
            builder.Softmax(name, input, (int)(softmax.dim > 0 ? softmax.dim - 1 : softmax.dim)),
        Softmax2d when input.Shape.Count == 3 => builder.Softmax(name, input, 0),
        GroupNorm normalization => builder.GroupNormalization(name, input, normalization),
        LayerNorm normalization => builder.LayerNormalization(name, input, normalization),
        ReLU => builder.Relu(name, input),
        LeakyReLU leaky => builder.LeakyRelu(name, input, leaky.negative_slope),
        Sigmoid => builder.Sigmoid(name, input),
        Tanh => builder.Tanh(name, input),
        SiLU => builder.Function(name, input, ScalarFunction.Silu),
        GELU gelu => builder.Function(
            name, input, gelu.approximate == GELU.Approximate.tanh ? ScalarFunction.GeluTanh : ScalarFunction.Gelu),
        Hardswish => builder.Function(name, input, ScalarFunction.Hardswish),
        Rescaling rescaling => builder.Rescaling(name, input, rescaling),
        Flatten { start_dim: 1, end_dim: -1 } => builder.Flatten(name, input),
        AvgPool2d pool => builder.AveragePool(name, input, pool),
        AdaptiveAvgPool2d pool => builder.AdaptiveAveragePool(name, input, pool),
        MaxPool2d pool => builder.MaxPool(name, input, pool),
        ReLU6 => builder.Clip(name, input, 0, 6),
        Identity or Dropout or Dropout2d => input,
        ConvTranspose2d convolution => builder.TransposedConvolution(name, input, convolution),
        Flatten flatten => throw new GraphException(name,
            $"Flatten({flatten.start_dim}, {flatten.end_dim}) is not supported, only Flatten(1, -1).")
            { Value = $"Flatten({flatten.start_dim}, {flatten.end_dim})" },
        _ => throw new GraphException(name, $"layers of type {module.GetType().Name} are not supported. "
            + "Known are Sequential, Conv2d, ConvTranspose2d, Linear, BatchNorm2d, BatchNorm1d, GroupNorm, LayerNorm, Softmax, "
            + "Softmax2d, ReLU, LeakyReLU, Sigmoid, Tanh, SiLU, GELU, Hardswish, Rescaling, Flatten, AvgPool2d, "
            + "AdaptiveAvgPool2d, MaxPool2d, ReLU6, Identity, Dropout (which does nothing here) and GraphModule; other modules can be "
            + "DeclaredModule or implement IDeclaresNodes.")
            { Value = module.GetType().Name },
    };

    // Types derived from Sequential may override forward, so only Sequential itself is known.
    private static bool IsChain(Sequential chain) => chain.GetType() == typeof(Sequential);

    private static GraphNode LowerChain(GraphBuilder builder, GraphNode input, string prefix, Sequential chain) =>
        chain.named_children().Aggregate(input, (node, child) => Lower(builder, node, prefix + child.name, child.module));

    private static GraphNode LowerGraph(GraphBuilder builder, GraphNode input, string name, Graph graph)
    {
        if (!graph.Input.Shape.SequenceEqual(input.Shape))
        {
            throw new GraphException(name,
                $"it takes [{string.Join(", ", graph.Input.Shape)}], but '{input.Name}' gives [{string.Join(", ", input.Shape)}].")
                { Value = input.Shape };
        }

        var copies = new Dictionary<GraphNode, GraphNode> { [graph.Input] = input };
        foreach (var node in graph.Nodes.Skip(1))
        {
            GraphNode[] inputs = [.. node.Inputs.Select(read => copies[read])];
            var description = node.Description with
            {
                Name = $"{name}.{node.Name}",
                Inputs = [.. inputs.Select(read => read.Name)],
                WeightsOf = node.Description.WeightsOf is { } owner ? $"{name}.{owner}" : null,
            };
            copies[node] = builder.Add(description, inputs, node.Module);
        }

        return copies[graph.Output];
    }
}
