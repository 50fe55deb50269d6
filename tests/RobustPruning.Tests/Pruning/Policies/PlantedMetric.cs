using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

/// <summary>A user's own metric: the deviation and natural variance of channel c are what two functions say.</summary>
internal sealed class PlantedMetric(Func<long, double> deviation, Func<long, double> natural) : IUsnMetric
{
    public string Name => "planted";

    public UsnMeasurement Measure(
        Graph network, Tensor images, SemanticSet set, IReadOnlyCollection<GraphNode> nodes,
        CancellationToken cancellationToken = default) =>
            new([.. nodes.Select(node => new LayerUsn(node, Zeros(node), Filled(node, deviation), Zeros(node), Filled(node, natural)))]);

    private static Tensor Zeros(GraphNode node) => zeros([.. node.Shape]);

    private static Tensor Filled(GraphNode node, Func<long, double> value)
    {
        var values = zeros([.. node.Shape]);
        values.Set([
            .. Enumerable
                .Range(0, (int)node.Channels)
                .SelectMany(channel => Enumerable.Repeat(value(channel), (int)(node.Neurons / node.Channels))),
        ]);
        return values;
    }
}
