using RobustPruning.Devices;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Symbols that each touch a small window of a feature map, all of one size: a symbol born at one neuron reaches no further than its
/// receptive field, so its window grows with each convolution. Parts of a window outside the map are zero. After a flatten the windows
/// still refer to the map before it.
/// </summary>
/// <param name="values">The windows, channels last and contiguous: <c>[N, h, w, C]</c>.</param>
/// <param name="places">Where each window lies, in the order of boxes.</param>
/// <param name="map">The shape of the map, <c>[C, H, W]</c>.</param>
/// <param name="active">Zero where all windows are zero for sure, <c>[B, H, W, C]</c>, or null if nothing is known.</param>
internal sealed class WindowSymbols(Tensor values, WindowPlace[] places, IReadOnlyList<long> map, Tensor? active = null) : NoiseSymbols
{
    private int Height => (int)values.shape[1];

    private int Width => (int)values.shape[2];

    public override long Count => places.Length;

    public override NoiseSymbols Linear(AffineNode node)
    {
        using var scope = NewDisposeScope();
        NoiseSymbols result = node switch
        {
            FlattenNode when !CoversMap => new WindowSymbols(values.alias(), places, map, active?.alias()),
            BatchNormalizationNode normalization => new WindowSymbols(values * normalization.ScaleAndShift(values.dtype).Scale, places, map, active?.alias()),
            LinearNode linear => Weigh(linear),
            ConvolutionNode { Convolution.groups: 1 } convolution => Convolve(convolution),
            AveragePoolNode pool when SlidingWindow.Of(pool) is { } sliding => Slide(sliding, node.Shape),
            _ => Dense().Linear(node),
        };

        // A window as large as its map has nothing left to save.
        return (result is WindowSymbols { CoversMap: true } windows ? windows.Dense() : result).MoveOut();
    }

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        var slopes = ChannelsLast(slope);
        return new WindowSymbols(BoundKernels.For(values).ScaleWindows(values, places, slopes), places, map, slopes).MoveOut();
    }

    public override void AddAbsoluteTo(Tensor radius)
    {
        using var scope = NewDisposeScope();
        var sum = zeros([radius.shape[0], map[1], map[2], map[0]], dtype: values.dtype, device: values.device);
        BoundKernels.For(values).AddAbsoluteWindows(values, places, sum);
        radius.add_(sum.permute(0, 3, 1, 2).reshape(radius.shape));
    }

    /// <summary>The same symbols with everything outside the map set to zero.</summary>
    public WindowSymbols WithoutOutside()
    {
        BoundKernels.For(values).ClearOutside(values, places, (int)map[1], (int)map[2]);
        return this;
    }

    public override NoiseSymbols MoveOut()
    {
        values.MoveToOuterDisposeScope();
        active?.MoveToOuterDisposeScope();
        return this;
    }

    public override void Dispose()
    {
        values.Dispose();
        active?.Dispose();
    }

    private bool CoversMap => Height >= map[1] && Width >= map[2];

    /// <summary>A linear layer on the flattened map is a convolution whose kernel is as large as the map.</summary>
    private DenseSymbols Weigh(LinearNode node)
    {
        int height = (int)map[1], width = (int)map[2];
        var shape = new ConvolutionShape
        {
            Height = height,
            Width = width,
            NewHeight = 1,
            NewWidth = 1,
            Rows = new(height, 1, 0, 1),
            Columns = new(width, 1, 0, 1),
        };
        var result = zeros([Count, 1, 1, node.Channels], dtype: values.dtype, device: values.device);
        BoundKernels.For(values).Convolve(
            values, places, active, node.TapWeights(map), shape, result, [.. places.Select(place => place with { Row = 0, Column = 0 })]);
        return new DenseSymbols(result.reshape(Count, node.Channels), Boxes());
    }

    private WindowSymbols Convolve(ConvolutionNode node)
    {
        var shape = new ConvolutionShape
        {
            Height = (int)map[1],
            Width = (int)map[2],
            NewHeight = (int)node.Shape[1],
            NewWidth = (int)node.Shape[2],
            Rows = Axis(0),
            Columns = Axis(1),
        };
        WindowPlace[] moved = [.. places.Select(place =>
            place with { Row = shape.Rows.FirstOutput(place.Row), Column = shape.Columns.FirstOutput(place.Column) })];
        var result = zeros([Count, shape.Rows.OutputSize(Height), shape.Columns.OutputSize(Width), node.Channels], dtype: values.dtype, device: values.device);
        BoundKernels.For(values).Convolve(values, places, active, node.TapWeights(), shape, result, moved);
        return new WindowSymbols(result, moved, node.Shape);

        ConvolutionAxis Axis(int axis) =>
            new((int)node.Kernel[axis], (int)node.Stride[axis], (int)node.Padding[axis], (int)node.Dilation[axis]);
    }

    private WindowSymbols Slide(SlidingWindow sliding, IReadOnlyList<long> shape)
    {
        var (moved, movedPlaces) = sliding.Apply(values, places);
        return new WindowSymbols(moved, movedPlaces, shape).WithoutOutside();
    }

    private DenseSymbols Dense()
    {
        long height = map[1], width = map[2], channels = map[0];
        var dense = zeros([Count * height * width, channels], dtype: values.dtype, device: values.device);
        var index = new List<long>();
        var kept = new List<long>();
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            for (var y = 0; y < Height; y++)
            {
                for (var x = 0; x < Width; x++)
                {
                    int row = places[symbol].Row + y, column = places[symbol].Column + x;
                    if (row < 0 || row >= height || column < 0 || column >= width)
                        continue;
                    index.Add((((symbol * height) + row) * width) + column);
                    kept.Add((((symbol * (long)Height) + y) * Width) + x);
                }
            }
        }

        var device = values.device;
        dense.index_copy_(0, tensor(index.ToArray(), device: device), values.reshape(-1, channels).index_select(0, tensor(kept.ToArray(), device: device)));
        return new DenseSymbols(dense.reshape(Count, height, width, channels).permute(0, 3, 1, 2).contiguous(), Boxes());
    }

    private int[] Boxes() => [.. places.Select(place => place.Box)];

    private Tensor ChannelsLast(Tensor batch) =>
        batch.reshape(batch.shape[0], map[0], map[1], map[2]).permute(0, 2, 3, 1).contiguous();
}
