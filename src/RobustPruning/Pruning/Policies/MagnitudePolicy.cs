using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Prunes the channels whose weights have the least Euclidean norm (Li et al., "Pruning filters for efficient ConvNets", 2017), over all
/// the convolutions and linear layers that make them.
/// </summary>
public sealed class MagnitudePolicy : IPruningPolicy
{
    /// <inheritdoc/>
    public string Name => "magnitude";

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return context.Groups.ToDictionary(group => group, group => group.Outputs
            .Where(layer => group.Producers.Contains(layer.Node))
            .Select(layer => layer.Sum(SquaredNorms(layer.Node)))
            .Aggregate((sums, squares) => [.. sums.Zip(squares, (sum, square) => sum + square)])
            .Select(Math.Sqrt).ToArray());
    }

    private static double[] SquaredNorms(GraphNode layer)
    {
        Tensor weight = layer.Module!.get_parameter("weight")!;
        return (layer is TransposedConvolutionNode ? weight.transpose(0, 1) : weight)
            .to(float64)
            .flatten(1)
            .Squared()
            .sum(1)
            .cpu()
            .data<double>()
            .ToArray();
    }
}
