using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Prunes the channels whose batch normalisations scale them least, by the sum of |γ| (Liu et al., "Learning efficient convolutional
/// networks through network slimming", 2017). Groups without a batch normalisation stay as they are.
/// </summary>
public sealed class BatchNormScalePolicy : IPruningPolicy
{
    /// <inheritdoc/>
    public string Name => "batch-norm scale";

    /// <inheritdoc/>
    /// <exception cref="PruningException">No group passes a batch normalisation with a scale.</exception>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var scores = context
            .Groups.Where(group => Scaled(group).Any())
            .ToDictionary(
                group => group,
                group =>
                    Scaled(group)
                        .Select(layer =>
                            layer.Sum(
                                ((BatchNormalizationNode)layer.Node).Normalization.weight!.abs().to(
                                    float64).cpu().data<double>().ToArray()))
                        .Aggregate((sums, scales) => [.. sums.Zip(scales, (sum, scale) => sum + scale)]));
        return scores.Count > 0
            ? scores : throw new PruningException("The network has no batch normalisation with a scale, so there is nothing to prune by.");
    }

    private static IEnumerable<ChannelEntries> Scaled(ChannelGroup group) =>
        group.Outputs.Where(layer => layer.Node is BatchNormalizationNode { Normalization.weight: not null });
}
