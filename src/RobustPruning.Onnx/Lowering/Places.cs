using RobustPruning.Onnx.Constants;

namespace RobustPruning.Onnx.Lowering;

/// <summary>
/// Where the values of a rearranged tensor come from: for each its place in the original, in row-major order, or <see cref="Zero"/>. What
/// transposes, slices, pads, repeats or inserts is made of <see cref="Select"/> and <see cref="Transpose"/>.
/// </summary>
internal sealed class Places
{
    /// <summary>Stands for the value 0.</summary>
    public const long Zero = -1;

    private readonly Limits _limits;

    private Places(long[] shape, long[] sources, Limits limits) => (Shape, Sources, _limits) = (shape, sources, limits);

    public long[] Shape { get; }

    public long[] Sources { get; }

    /// <summary>Every value at its place.</summary>
    public static Places Of(IReadOnlyList<long> shape, Limits limits)
    {
        var sources = new long[limits.Spend(shape)];
        for (var place = 0L; place < sources.Length; place++)
            sources[place] = place;
        return new Places([.. shape], sources, limits);
    }

    /// <summary>Along one axis, the values at the given positions, one after the other; <see cref="Zero"/> stands for zeros.</summary>
    public Places Select(int axis, IReadOnlyList<long> positions)
    {
        long[] shape = [.. Shape];
        shape[axis] = positions.Count;
        var sources = new long[_limits.Spend(shape)];
        long inner = Product(axis + 1, Shape.Length), before = Shape[axis], target = 0;
        for (var outer = 0L; outer < Product(0, axis); outer++)
        {
            foreach (var position in positions)
            {
                var source = ((outer * before) + position) * inner;
                for (var place = 0L; place < inner; place++)
                    sources[target++] = position == Zero ? Zero : Sources[source + place];
            }
        }

        return new Places(shape, sources, _limits);
    }

    /// <summary>The axes in another order.</summary>
    public Places Transpose(IReadOnlyList<int> order)
    {
        long[] shape = [.. order.Select(axis => Shape[axis])];
        long[] steps = [.. order.Select(axis => Product(axis + 1, Shape.Length))];
        var sources = new long[_limits.Spend(shape)];
        var position = new long[shape.Length];
        var source = 0L;
        for (var target = 0L; target < sources.Length; target++)
        {
            sources[target] = Sources[source];

            // On to the next position: the last axis first.
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                source += steps[axis];
                if (++position[axis] < shape[axis])
                    break;
                source -= steps[axis] * shape[axis];
                position[axis] = 0;
            }
        }

        return new Places(shape, sources, _limits);
    }

    /// <summary>The same in another shape.</summary>
    public Places Reshape(params IReadOnlyList<long> shape) => new([.. shape], Sources, _limits);

    /// <summary>Repeated along axes of size 1, and along new axes in front.</summary>
    public Places Expand(IReadOnlyList<long> shape)
    {
        var places = Reshape(Sizes.Lengthen(Shape, shape.Count));
        for (var axis = 0; axis < shape.Count; axis++)
        {
            if (places.Shape[axis] != shape[axis])
                places = places.Select(axis, new long[_limits.Require(shape[axis])]);
        }

        return places;
    }

    private long Product(int from, int to)
    {
        var product = 1L;
        for (var axis = from; axis < to; axis++)
            product *= Shape[axis];
        return product;
    }
}
