using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>A layer that reads a channel group.</summary>
/// <param name="Node">The convolution or linear layer.</param>
/// <param name="BlockSize">
/// How many of its inputs one channel feeds: 1, or H·W after a flatten, where channel c feeds inputs [c·H·W, (c + 1)·H·W).
/// </param>
public sealed record ChannelConsumer(AffineNode Node, long BlockSize);
