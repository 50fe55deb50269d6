namespace RobustPruning.Pruning;

/// <summary>How USN becomes an order of channels.</summary>
public enum UsnRanking
{
    /// <summary>By raw USN. It throws out channels that say much, and with them what the network needs.</summary>
    Raw,

    /// <summary>By USN relative to the channel's natural variance across images.</summary>
    Relative,

    /// <summary>
    /// By how much of the output's move may come from the channel, C² times its deviation with C the layer's Lipschitz bound: comparable
    /// across layers, for <see cref="PruningScope.Network"/>.
    /// </summary>
    Contribution,

    /// <summary>
    /// By the sum of the ranks, each as a share of the group's width, in relative USN and in Taylor importance: robust and useful.
    /// </summary>
    RankSum,

    /// <summary>
    /// By Taylor importance times relative USN: the useful part of what a channel says that the light does not change. Where the network is
    /// robust already, relative USN is near 1 for all and usefulness decides.
    /// </summary>
    RobustImportance,
}
