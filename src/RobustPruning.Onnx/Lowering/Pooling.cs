using RobustPruning.Graphs;

namespace RobustPruning.Onnx.Lowering;

/// <summary>Poolings over one to three axes as poolings over two: maxima and means can be taken along one axis after the other.</summary>
internal abstract class Pooling(OperatorCall call)
{
    // Bounds look at every place of a window.
    private const long MostPlaces = 1 << 16;

    protected OperatorCall Call => call;

    /// <summary>Adds the nodes.</summary>
    public Variable Lower()
    {
        var map = new FeatureMap(call);
        var axes = WindowAxis.Read(call, map.Sizes, WindowAttributes.Kernel(call, map.Sizes.Length), call.Integer("ceil_mode", 0) != 0);
        if (axes.Aggregate(1.0, (product, axis) => product * axis.Kernel) > MostPlaces)
            throw call.Refuse($"its window has more than {MostPlaces} places.");
        var node = axes switch
        {
            [var length] => Plane(call.Name, map.Flat, length, WindowAxis.Single(1)),
            [var height, var width] => Plane(call.Name, map.Flat, height, width),
            _ => Volume(map, axes[0], axes[1], axes[2]),
        };
        return map.Result(node, map.Channels, [.. axes.Select(axis => axis.Outputs)]);
    }

    /// <summary>Pools a map <c>[C, H, W]</c> as torch does.</summary>
    protected abstract GraphNode Pool(string name, GraphNode input, WindowAxis height, WindowAxis width);

    /// <summary>Whether torch pools alike.</summary>
    protected abstract bool IsPlain(WindowAxis axis);

    /// <summary>Pools a map of which every window is written out, <c>[C, H'·kH, W'·kW]</c>.</summary>
    protected abstract GraphNode PoolWritten(string name, GraphNode windows, WindowAxis height, WindowAxis width);

    /// <summary>The places of all windows of an axis, one after the other.</summary>
    protected abstract long[] Written(WindowAxis axis);

    private GraphNode Plane(string name, GraphNode input, WindowAxis height, WindowAxis width)
    {
        if (IsPlain(height) && IsPlain(width))
            return Pool(name, input, height, width);
        var places = Places.Of(input.Shape, call.Network.Limits).Select(1, Written(height)).Select(2, Written(width));
        return PoolWritten(name, call.Network.Rearrangement($"{name}/windows", input, places), height, width);
    }

    private GraphNode Volume(FeatureMap map, WindowAxis depth, WindowAxis height, WindowAxis width)
    {
        var slices = call.Network.As(map.Node, [map.Channels * depth.Size, height.Size, width.Size]);
        var pooled = Plane($"{call.Name}/slices", slices, height, width);
        var columns = call.Network.As(pooled, [map.Channels, depth.Size, height.Outputs * width.Outputs]);
        return Plane(call.Name, columns, depth, WindowAxis.Single(height.Outputs * width.Outputs));
    }
}
