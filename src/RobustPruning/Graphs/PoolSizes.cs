namespace RobustPruning.Graphs;

/// <summary>Sizes as pooling modules keep them.</summary>
internal static class PoolSizes
{
    /// <summary>Modules keep one size for a square window, two otherwise, and none for the default.</summary>
    public static long[] Pair(long[]? sizes, long[] otherwise) => sizes switch
    {
        null or { Length: 0 } => otherwise,
        { Length: 1 } => [sizes[0], sizes[0]],
        _ => sizes,
    };
}
