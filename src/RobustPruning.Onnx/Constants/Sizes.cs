namespace RobustPruning.Onnx.Constants;

/// <summary>Shapes as files give them, which may be anything.</summary>
internal static class Sizes
{
    /// <summary>The most axes that a value may have.</summary>
    public const int MostAxes = 32;

    /// <summary>
    /// The number of values of a shape; null if a size is negative, there are too many axes, or the product is too great for any memory.
    /// </summary>
    public static long? Count(IReadOnlyList<long> shape)
    {
        if (shape.Count > MostAxes || shape.Any(size => size < 0))
            return null;
        if (shape.Contains(0))
            return 0;
        var count = 1L;
        foreach (var size in shape)
        {
            if (size > long.MaxValue / 16 / count)
                return null;
            count *= size;
        }

        return count;
    }

    /// <summary>The shape that two shapes broadcast to; null if they do not.</summary>
    public static long[]? Broadcast(IReadOnlyList<long> first, IReadOnlyList<long> second)
    {
        var shape = new long[Math.Max(first.Count, second.Count)];
        for (var axis = 1; axis <= shape.Length; axis++)
        {
            long a = axis <= first.Count ? first[^axis] : 1, b = axis <= second.Count ? second[^axis] : 1;
            if (a != b && a != 1 && b != 1)
                return null;
            shape[^axis] = a == 1 ? b : a;
        }

        return shape;
    }

    /// <summary>The shape with ones in front, so that it has as many axes as asked.</summary>
    public static long[] Lengthen(IReadOnlyList<long> shape, int axes) => [.. Enumerable.Repeat(1L, axes - shape.Count), .. shape];
}
