namespace RobustPruning.Pruning;

/// <summary>What a pruning ratio is a share of.</summary>
public enum PruningMeasure
{
    /// <summary>Channels of the groups that may be pruned; a coupled channel counts once.</summary>
    Channels,

    /// <summary>The network's trainable parameters.</summary>
    Parameters,

    /// <summary>The network's multiply-accumulate operations for one image.</summary>
    Macs,
}
