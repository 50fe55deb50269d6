namespace KeypointRobustness.Reproduction;

/// <summary>How the channels of a compared network came to be.</summary>
internal enum Way
{
    /// <summary>All of them stay.</summary>
    Unpruned,

    /// <summary>As few as a pruned network has, from the start.</summary>
    FromScratch,

    /// <summary>Pruned at random.</summary>
    Random,

    /// <summary>Pruned by the weights' norm.</summary>
    Magnitude,

    /// <summary>Pruned by importance for the task.</summary>
    Taylor,

    /// <summary>Pruned by raw USN.</summary>
    UsnRaw,

    /// <summary>Pruned by USN relative to what a channel says at all.</summary>
    UsnRelative,

    /// <summary>Pruned by relative USN and importance for the task together.</summary>
    UsnRankSum,

    /// <summary>Pruned by relative USN times importance for the task.</summary>
    UsnImportance,

    /// <summary>Pruned by relative USN, as bounds see it, times importance for the task.</summary>
    UsnBounds,

    /// <summary>Pruned by contribution to the move of the output, all channels of the network competing.</summary>
    UsnContribution,
}
