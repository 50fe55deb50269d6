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

    /// <summary>Refuses sizes that libtorch refuses only when it runs.</summary>
    /// <exception cref="GraphException">A size is not positive, or the padding negative or more than half of the kernel.</exception>
    public static void Require(
        string name, IReadOnlyList<long> kernel, IReadOnlyList<long> stride, IReadOnlyList<long> padding, IReadOnlyList<long> dilation)
    {
        for (var axis = 0; axis < 2; axis++)
        {
            if (kernel[axis] < 1 || stride[axis] < 1 || dilation[axis] < 1 || padding[axis] < 0 || padding[axis] > kernel[axis] / 2)
            {
                throw new GraphException(
                    name,
                    $"kernel {kernel[axis]}, stride {stride[axis]}, padding {padding[axis]} and dilation {dilation[axis]} "
                        + "do not fit: all are positive, and the padding at most half of the kernel.")
                {
                    Value = (kernel[axis], stride[axis], padding[axis], dilation[axis]),
                };
            }
        }
    }
}
