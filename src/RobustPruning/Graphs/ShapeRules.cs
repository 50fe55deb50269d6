namespace RobustPruning.Graphs;

/// <summary>How shapes follow from shapes; every error names the layer.</summary>
internal static class ShapeRules
{
    /// <summary>The shape of the only input, which must be a feature map <c>[C, H, W]</c>.</summary>
    public static IReadOnlyList<long> FeatureMap(string name, IReadOnlyList<GraphNode> inputs)
    {
        var shape = inputs[0].Shape;
        if (shape.Count != 3)
            throw new GraphException(name, $"it takes a feature map [C, H, W], but '{inputs[0].Name}' gives [{string.Join(", ", shape)}].")
                { Value = shape };
        return shape;
    }

    /// <summary>Whether constants are one number, or have as many axes as the values and each of them is as long or has length 1.</summary>
    public static bool Broadcasts(IReadOnlyList<long> constants, IReadOnlyList<long> values) => constants.Count <= values.Count
        && (constants.All(size => size == 1)
            || (constants.Count == values.Count && constants.Zip(values).All(sizes => sizes.First == 1 || sizes.First == sizes.Second)));

    /// <summary>Height and width after sliding a window over a feature map.</summary>
    public static long[] Slide(
        string name,
        IReadOnlyList<long> shape,
        IReadOnlyList<long> kernel,
        IReadOnlyList<long> stride,
        IReadOnlyList<long> padding,
        IReadOnlyList<long> dilation)
    {
        var sizes = new long[2];
        for (var axis = 0; axis < 2; axis++)
        {
            var room = shape[axis + 1] + (2 * padding[axis]) - (dilation[axis] * (kernel[axis] - 1)) - 1;
            if (room < 0)
                throw new GraphException(name, $"its window does not fit into a feature map of {shape[1]}x{shape[2]}.") { Value = shape };
            sizes[axis] = (room / stride[axis]) + 1;
        }

        return sizes;
    }
}
