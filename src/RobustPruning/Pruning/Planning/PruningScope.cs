namespace RobustPruning.Pruning;

/// <summary>Which channels compete with one another.</summary>
public enum PruningScope
{
    /// <summary>Those of one group: every group loses the same share, to within a channel.</summary>
    PerGroup,

    /// <summary>Those of groups of equal shape: equal original width, height and width of the feature map.</summary>
    EqualShape,

    /// <summary>
    /// All channels of the network. It takes scores that can be compared across layers: <see cref="UsnRanking.Contribution"/>, Taylor
    /// importance.
    /// </summary>
    Network,
}
