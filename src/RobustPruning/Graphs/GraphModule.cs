using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A TorchSharp module that runs a <see cref="Graph"/> and owns its weights: what the built-in networks, pruned networks and loaded
/// networks are. Its <c>forward</c> runs the very nodes that are bounded and pruned.
/// </summary>
public sealed class GraphModule : nn.Module<Tensor, Tensor>
{
    /// <summary>
    /// Wraps a graph; its modules become this module's, and are disposed with it. Layers that share one constant of an ONNX file ask for no
    /// gradient.
    /// </summary>
    /// <param name="graph">The graph to run.</param>
    /// <param name="name">The module's name.</param>
    /// <exception cref="GraphException">
    /// Two nodes use the same weights, which copying, pruning and files would part (such a graph can be run, bounded and certified as it
    /// is); or two names differ in dots and underscores only.
    /// </exception>
    public GraphModule(Graph graph, string name = "network")
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Graph = graph;
        graph.RequireOwnWeights();
        var registered = new Dictionary<string, GraphNode>();
        foreach (var node in graph.Nodes.Where(node => node.Module is not null))
        {
            // TorchSharp allows no dots.
            var component = node.Name.Replace('.', '_');
            if (!registered.TryAdd(component, node))
                throw new GraphException(node.Name, $"without dots it has the name of '{registered[component].Name}'.");
            register_module(component, node.Module!);
        }

        foreach (var module in graph.TiedLayers.SelectMany(tied => new[] { tied.Layer.Module!, tied.First.Module! }).Distinct())
        {
            foreach (var parameter in module.parameters())
                parameter.requires_grad = false;
        }
    }

    /// <summary>The nodes that <c>forward</c> runs.</summary>
    public Graph Graph { get; }

    /// <summary>The module's <see cref="Graph"/>: whatever takes a graph takes a module.</summary>
    [return: NotNullIfNotNull(nameof(network))]
    public static implicit operator Graph?(GraphModule? network) => network?.Graph;

    /// <summary>Runs the graph on images <c>[B, C, H, W]</c>.</summary>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public override Tensor forward(Tensor input) => Graph.Forward(input);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var node in Graph.Nodes)
                node.ReleaseCache();
        }

        base.Dispose(disposing);
    }

    /// <summary>Converts this network's weights to the type and device of another's.</summary>
    internal void MatchTypeAndDevice(Graph other)
    {
        if (other.Example is not { } example)
            return;
        if (example.dtype != float32)
            this.to(example.dtype);
        if (example.device_type != DeviceType.CPU)
            this.to(example.device);
    }

    /// <summary>A network with fresh weights from descriptions in topological order, of which the last is the output.</summary>
    internal static GraphModule FromDescriptions(IReadOnlyList<NodeDescription> descriptions, string name = "network")
    {
        var builder = new GraphBuilder((InputDescription)descriptions[0]);
        var nodes = new Dictionary<string, GraphNode> { [builder.Input.Name] = builder.Input };
        foreach (var description in descriptions.Skip(1))
        {
            nodes[description.Name] = builder.Add(
                description, [.. description.Inputs.Select(read => nodes[read])], description.CreateModule());
        }

        return new GraphModule(builder.Build(nodes[descriptions[^1].Name]), name);
    }
}
