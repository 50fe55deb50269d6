using RobustPruning.Devices;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Centre and generators under the linear part of a layer, in 64-bit numbers. libtorch's 64-bit convolutions are slow and sum in an order that
/// nobody knows; on the CPU a map is a window as large as itself, of which only the active channels are multiplied.
/// </summary>
internal static class WideMaps
{
    /// <summary>The values under the layer, <c>[B, n, ...]</c>, and how many roundings lie behind each.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="rows">n maps or vectors for each box, <c>[B, n, ...]</c>.</param>
    public static (Tensor Values, long Terms) Linear(AffineNode node, Tensor rows)
    {
        using var scope = NewDisposeScope();
        if (node is ConvolutionNode { Groups: 1 } convolution && rows.dtype == float64 && !is_grad_enabled() && BoundKernels.For(rows) == BoundKernels.Cpu)
            return (Convolve(convolution, rows).MoveToOuterDisposeScope(), convolution.Input.Channels + (convolution.Kernel[0] * convolution.Kernel[1]));
        var values = node.Linear(rows.flatten(0, 1));
        return (values.reshape([rows.shape[0], -1, .. values.shape.Skip(1)]).MoveToOuterDisposeScope(), node.Terms);
    }

    private static Tensor Convolve(ConvolutionNode node, Tensor rows)
    {
        var shape = SlidingWindow.Shape(node);
        var active = rows.ne(0).any(1).to(rows.dtype).permute(0, 2, 3, 1).contiguous();
        var maps = rows.flatten(0, 1).permute(0, 2, 3, 1).contiguous();
        var places = Enumerable.Range(0, (int)maps.shape[0]).Select(row => new WindowPlace(row / (int)rows.shape[1], 0, 0)).ToArray();
        var result = zeros([maps.shape[0], .. node.Shape.Skip(1), node.Channels], dtype: rows.dtype);
        BoundKernels.Cpu.Convolve(maps, places, active, node.TapWeights(rows), shape, result, places);
        return result.permute(0, 3, 1, 2).contiguous().reshape([.. rows.shape.Take(2), .. node.Shape]);
    }
}
