using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Lowering;

/// <summary>Convolutions over one to three axes as convolutions over two.</summary>
/// <param name="Weight"><c>[C', C / groups, ...]</c>, with one to three sizes.</param>
/// <param name="Bias"><c>[C']</c>, or null.</param>
/// <param name="Groups">In how many groups channels are filtered by themselves.</param>
internal sealed record Convolution(ConstantValue Weight, ConstantValue? Bias, long Groups)
{
    private long Outputs => Weight.Shape[0];

    /// <summary>Refuses weights that do not fit a map.</summary>
    public void Require(OperatorCall call, long channels, int sizes)
    {
        var shape = string.Join(", ", Weight.Shape);
        if (Groups < 1
            || Weight.Shape.Count != sizes + 2
            || Weight.Count == 0
            || Weight.Shape[1] * (double)Groups != channels
            || Outputs % Groups != 0)
            throw call.Refuse($"its weights [{shape}] in {Groups} groups do not fit a map of {channels} channels and {sizes} sizes.");
        if (Bias is not null && Bias.Count != Outputs)
            throw call.Refuse($"its bias [{string.Join(", ", Bias.Shape)}] does not fit weights [{shape}].");
    }

    /// <summary>Adds the nodes.</summary>
    public Variable Lower(OperatorCall call, FeatureMap map, IReadOnlyList<WindowAxis> axes) => axes switch
    {
        [var length] => map.Result(Plane(call, map.Flat, length, WindowAxis.Single(1)), Outputs, length.Outputs),
        [var height, var width] => map.Result(Plane(call, map.Flat, height, width), Outputs, height.Outputs, width.Outputs),
        _ => map.Result(Volume(call, map, axes[0], axes[1], axes[2]), Outputs, [.. axes.Select(axis => axis.Outputs)]),
    };

    private GraphNode Plane(OperatorCall call, GraphNode input, WindowAxis height, WindowAxis width)
    {
        if (!height.IsSymmetric || !width.IsSymmetric)
        {
            var limits = call.Network.Limits;
            var places = Places.Of(input.Shape, limits);
            input = call.Network.Rearrangement(
                $"{call.Name}/padded",
                input,
                places
                    .Select(1, Padded(limits, height, height.Size + height.Begin + height.End))
                    .Select(2, Padded(limits, width, width.Size + width.Begin + width.End)));
            (height, width) = (height with { Begin = 0 }, width with { Begin = 0 });
        }

        return call.Network.Convolution(call.Name, input, Module(call, input.Channels, height, width));
    }

    /// <summary>
    /// Along the first axis, every window's slices become channels; and the windows stand below one another, each with its own padding, in
    /// one plane. Rows between two windows count for nothing, and are left out.
    /// </summary>
    private GraphNode Volume(OperatorCall call, FeatureMap map, WindowAxis depth, WindowAxis height, WindowAxis width)
    {
        var limits = call.Network.Limits;
        var rows = (height.Size + height.Begin + height.End + height.Stride - 1) / height.Stride * height.Stride;
        limits.Spend(depth.Kernel, depth.Outputs);
        long[] slices =
        [
            .. from tap in Counting(depth.Kernel) from output in Counting(depth.Outputs) select Inside(depth, depth.Place(output, tap)),
        ];
        var gathered = Places.Of([map.Channels, .. map.Sizes], limits)
            .Select(1, slices)
            .Select(2, Padded(limits, height, rows))
            .Select(3, Padded(limits, width, width.Size + width.Begin + width.End));
        var plane = gathered.Reshape(map.Channels * depth.Kernel, depth.Outputs * rows, gathered.Shape[3]);
        var input = call.Network.Rearrangement($"{call.Name}/slices", map.Node, plane);
        var all = call.Network.Convolution(
            $"{call.Name}/plane", input, Module(call, input.Channels, height with { Begin = 0 }, width with { Begin = 0 }));
        limits.Spend(depth.Outputs, height.Outputs);
        long[] kept =
        [
            .. from output in Counting(depth.Outputs) from row in Counting(height.Outputs) select (output * rows / height.Stride) + row,
        ];
        return call.Network.Rearrangement(call.Name, all, Places.Of(all.Shape, limits).Select(1, kept));
    }

    private TorchSharp.Modules.Conv2d Module(OperatorCall call, long channels, WindowAxis height, WindowAxis width)
    {
        call.Network.Limits.Spend(Weight.Shape);
        var module = call.Network.Own(
            nn.Conv2d(
                channels, Outputs, (height.Kernel, width.Kernel), (height.Stride, width.Stride), (height.Begin, width.Begin),
                (height.Dilation, width.Dilation), groups: Groups, bias: Bias is not null));
        Weight.CopyTo(module.weight);
        Bias?.CopyTo(module.bias!);
        return module;
    }

    private static long[] Padded(Limits limits, WindowAxis axis, long count) =>
        [.. Counting(limits.Spend(count)).Select(place => Inside(axis, place - axis.Begin))];

    private static long Inside(WindowAxis axis, long place) => place >= 0 && place < axis.Size ? place : Places.Zero;

    private static IEnumerable<long> Counting(long count)
    {
        for (var number = 0L; number < count; number++)
            yield return number;
    }
}
