using RobustPruning.Devices;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// A convolution or average pooling on windows. Along one axis, a window whose first value lies at a in the padded map and that is h
/// long touches the outputs o with a − D ≤ o·s ≤ a + h − 1, D the kernel's reach and s the stride. Windows whose a leave the same
/// remainder by s are aligned alike and go through the layer together.
/// </summary>
internal sealed class SlidingWindow
{
    private readonly Func<Tensor, Tensor> _unpadded;
    private readonly long _channels;
    private readonly ConvolutionAxis _rows;
    private readonly ConvolutionAxis _columns;

    private SlidingWindow(Func<Tensor, Tensor> unpadded, long channels, ConvolutionAxis rows, ConvolutionAxis columns) =>
        (_unpadded, _channels, _rows, _columns) = (unpadded, channels, rows, columns);

    public static SlidingWindow Of(ConvolutionNode node) => new(node.LinearWithoutPadding, node.Channels, Axis(node, 0), Axis(node, 1));

    /// <summary>Null where the divisor depends on the place, so that windows cannot share it.</summary>
    public static SlidingWindow? Of(AveragePoolNode node)
    {
        return node.IsUniform ? new(node.LinearWithoutPadding, node.Channels, Axis(0), Axis(1)) : null;

        ConvolutionAxis Axis(int axis) => new((int)node.Kernel[axis], (int)node.Stride[axis], (int)node.Padding[axis], 1);
    }

    public static SlidingWindow Of(PoolEntryNode node)
    {
        return new(node.LinearWithoutPadding, node.Channels, Axis(0), Axis(1));

        ConvolutionAxis Axis(int axis) => new(1, (int)node.Stride[axis], (int)-node.First[axis], 1);
    }

    /// <summary>How a convolution slides over its maps.</summary>
    public static ConvolutionShape Shape(ConvolutionNode node) => new()
    {
        Height = (int)node.Input.Shape[1],
        Width = (int)node.Input.Shape[2],
        NewHeight = (int)node.Shape[1],
        NewWidth = (int)node.Shape[2],
        Rows = Axis(node, 0),
        Columns = Axis(node, 1),
    };

    private static ConvolutionAxis Axis(ConvolutionNode node, int axis) =>
        new((int)node.Kernel[axis], (int)node.Stride[axis], (int)node.Padding[axis], (int)node.Dilation[axis]);

    /// <summary>The windows after the layer, <c>[N, h', w', C']</c>, and where they lie.</summary>
    public (Tensor Values, WindowPlace[] Places) Apply(Tensor values, WindowPlace[] places)
    {
        int height = (int)values.shape[1], width = (int)values.shape[2];
        int newHeight = _rows.OutputSize(height), newWidth = _columns.OutputSize(width);
        var moved = places
            .Select(place => place with { Row = _rows.FirstOutput(place.Row), Column = _columns.FirstOutput(place.Column) })
            .ToArray();
        var classes = Enumerable
            .Range(0, places.Length)
            .GroupBy(symbol => (_rows.Before(places[symbol].Row), _columns.Before(places[symbol].Column)))
            .ToList();

        // The layer sees channels first, in the memory order that the windows already have.
        var channelsFirst = values.permute(0, 3, 1, 2);
        var parts = classes
            .Select(alike => Part(alike.Key, classes.Count == 1 ? channelsFirst : channelsFirst.index_select(0, Index(alike, values))))
            .ToList();
        if (classes.Count == 1)
            return (parts[0], moved);
        var result = empty([places.Length, newHeight, newWidth, parts[0].shape[3]], dtype: values.dtype, device: values.device);
        foreach (var (alike, part) in classes.Zip(parts))
            result.index_copy_(0, Index(alike, values), part);
        return (result, moved);

        Tensor Part((int Top, int Left) before, Tensor windows)
        {
            // A stride may step over a whole window.
            if (before.Top <= -height || before.Left <= -width)
                return zeros([windows.shape[0], newHeight, newWidth, _channels], dtype: values.dtype, device: values.device);
            var padded = nn.functional.pad(
                windows,
                (
                    before.Left,
                    _columns.InputSize(newWidth) - before.Left - width,
                    before.Top,
                    _rows.InputSize(newHeight) - before.Top - height));
            return _unpadded(padded).permute(0, 2, 3, 1).contiguous();
        }
    }

    private static Tensor Index(IEnumerable<int> symbols, Tensor values) =>
        tensor(symbols.Select(symbol => (long)symbol).ToArray(), device: values.device);
}
