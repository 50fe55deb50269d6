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
internal sealed class WindowSymbols(Tensor values, WindowPlace[] places, IReadOnlyList<long> map) : NoiseSymbols
{
    private int Height => (int)values.shape[1];

    private int Width => (int)values.shape[2];

    public override long Count => places.Length;

    public override NoiseSymbols Linear(AffineNode node)
    {
        using var scope = NewDisposeScope();
        NoiseSymbols result = node switch
        {
            FlattenNode when !CoversMap => new WindowSymbols(values.alias(), places, map),
            BatchNormalizationNode normalization => new WindowSymbols(values * normalization.ScaleAndShift().Scale, places, map),
            LinearNode linear => new DenseSymbols(WindowsThroughLinear.Apply(linear, values, places, map), Boxes()),
            ConvolutionNode convolution => Slide(SlidingWindow.Of(convolution), node.Shape),
            AveragePoolNode pool when SlidingWindow.Of(pool) is { } sliding => Slide(sliding, node.Shape),
            _ => Dense().Linear(node),
        };

        // A window as large as its map has nothing left to save.
        return (result is WindowSymbols { CoversMap: true } windows ? windows.Dense() : result).MoveOut();
    }

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        return new WindowSymbols(BoundKernels.For(values).ScaleWindows(values, places, ChannelsLast(slope)), places, map).MoveOut();
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
        return this;
    }

    public override void Dispose() => values.Dispose();

    private bool CoversMap => Height >= map[1] && Width >= map[2];

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
