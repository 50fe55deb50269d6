namespace RobustPruning.Pruning;

/// <summary>A channel that is constant over a perturbation set, so that its readers' biases can stand in for it.</summary>
/// <param name="Group">The channel's group.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Constants">
/// For each of the group's <see cref="ChannelGroup.Inputs"/>, the constant of each of the channel's entries.
/// </param>
internal sealed record FoldedChannel(ChannelGroup Group, int Channel, IReadOnlyList<double[]> Constants);
