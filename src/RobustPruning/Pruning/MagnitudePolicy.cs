using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>Prunes the channels whose weights have the least Euclidean norm (Li et al., "Pruning filters for efficient ConvNets", 2017).</summary>
public sealed class MagnitudePolicy : IPruningPolicy
{
    /// <inheritdoc/>
    public string Name => "magnitude";

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return context.Groups.ToDictionary(group => group, group => group.Producer.Module!.get_parameter("weight")!
            .to(float64).flatten(1).square().sum(1).sqrt().cpu().data<double>().ToArray());
    }
}
