namespace RobustPruning.Pruning;

/// <summary>How USN becomes an order of channels.</summary>
public enum UsnRanking
{
    /// <summary>By raw USN. It throws out channels that say much, and with them what the network needs.</summary>
    Raw,

    /// <summary>By USN relative to the channel's natural variance across images.</summary>
    Relative,

    /// <summary>By the sum of the ranks in relative USN and in Taylor importance: robust and useful.</summary>
    RankSum,
}
