using System.Globalization;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>What a pruning policy may look at.</summary>
/// <param name="Network">The network as it is now.</param>
/// <param name="Images">Calibration images in [0, 1], <c>[N, C, H, W]</c>.</param>
/// <param name="Set">What may change about an image.</param>
/// <param name="TaskLoss">The task loss of the network's outputs <c>[B, F]</c> for the calibration images from the given index on.</param>
public sealed record PruningContext(Graph Network, Tensor Images, SemanticSet Set, Func<Tensor, long, Tensor> TaskLoss)
{
    /// <summary>The network's channel groups, to be scored.</summary>
    public IReadOnlyList<ChannelGroup> Groups { get; } = ChannelGroup.Of(Network);

    /// <summary>For example <c>64 images, 5 channel groups, brightness in [-0.1, 0.1]</c>.</summary>
    public override string ToString() => $"{Images.shape[0]} images, {Groups.Count} channel groups, {Set}";
}
