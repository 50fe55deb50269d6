using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>A network layer by layer, as a table and as data.</summary>
/// <param name="Layers">The layers with weights, and the values that enter a nonlinearity, in the graph's order.</param>
public sealed record NetworkSummary(IReadOnlyList<LayerSummary> Layers)
{
    /// <summary>Trainable parameters of all layers.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Multiply-accumulate operations for one image.</summary>
    public long Macs => Layers.Sum(layer => layer.Macs);

    /// <summary>The share of all measured neurons that are unstable; null if none was measured.</summary>
    public double? UnstableShare
    {
        get
        {
            var measured = Layers.Where(layer => layer.UnstableShare is not null).ToList();
            return measured.Count == 0
                ? null : measured.Sum(layer => layer.UnstableShare!.Value * layer.Neurons) / measured.Sum(layer => layer.Neurons);
        }
    }

    /// <summary>Counts channels, parameters and MACs.</summary>
    public static NetworkSummary Of(Graph network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(Rows(network, new Dictionary<GraphNode, double>()));
    }

    /// <summary>Counts channels, parameters and MACs, and measures which neurons are unstable by sound bounds over whole sets.</summary>
    /// <param name="network">The network; it counts in evaluation mode.</param>
    /// <param name="images">Images in [0, 1], <c>[N, C, H, W]</c>, N at least 1.</param>
    /// <param name="set">What may change about an image.</param>
    /// <param name="propagator">Bounds the neurons; the semantic interval domain with all symbols kept if null.</param>
    /// <param name="cancellationToken">Stops the work between two images.</param>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c> with N at least 1.</exception>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public static NetworkSummary Of(
        Graph network, Tensor images, SemanticSet set, IBoundPropagator? propagator = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(set);
        network.RequireBatch(images);
        propagator ??= new SemanticIntervalPropagator(SymbolBudget.All);
        using var noGradient = no_grad();
        using var evaluation = new EvaluationMode(network);
        var shares = network.PreActivations.ToDictionary(node => node, _ => 0.0);
        for (var n = 0L; n < images.shape[0]; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var enclosed = set.Enclose(images[n], set.Box);
            using var bounds = propagator.Propagate(network, enclosed);
            foreach (var node in bounds.PreActivations)
                shares[node.Node] += (double)node.Unstable() / node.Node.Neurons / images.shape[0];
        }

        return new(Rows(network, shares));
    }

    /// <summary>A table, one layer a line.</summary>
    public override string ToString() =>
        TextTable.Of(
            ["layer", "channels", "parameters", "MACs", "unstable"],
            [
                .. Layers.Select(layer =>
                    (string[])
                        [
                            layer.Name, TextTable.Count(layer.Channels), TextTable.Count(layer.Parameters), TextTable.Count(layer.Macs),
                            TextTable.Share(layer.UnstableShare),
                        ]),
                ["all", string.Empty, TextTable.Count(Parameters), TextTable.Count(Macs), TextTable.Share(UnstableShare)],
            ]);

    private static List<LayerSummary> Rows(Graph network, IReadOnlyDictionary<GraphNode, double> unstable)
    {
        var preActivations = network.PreActivations.ToHashSet();
        return [.. network.Nodes.Where(node => node.Module is not null || preActivations.Contains(node)).Select(node => new LayerSummary(
            node.Name, node.Channels, node.Module?.parameters().Sum(parameter => parameter.numel()) ?? 0, node.Macs, node.Neurons,
            unstable.TryGetValue(node, out var share) ? share : null))];
    }
}
