using RobustPruning.Devices;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
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
/// <param name="set">Which symbols they are.</param>
/// <param name="active">Zero where all windows are zero for sure, <c>[B, H, W, C]</c>, or null if nothing is known.</param>
internal sealed class WindowSymbols(Tensor values, WindowPlace[] places, IReadOnlyList<long> map, SymbolSet set, Tensor? active = null)
    : NoiseSymbols(set)
{
    private int Height => (int)values.shape[1];

    private int Width => (int)values.shape[2];

    public override NoiseSymbols Linear(AffineNode node)
    {
        using var scope = NewDisposeScope();
        NoiseSymbols result = node switch
        {
            FlattenNode or RearrangementNode { Sources: null } when !CoversMap
                && (node.Shape.Count == 1 || node.Shape.SequenceEqual(map)) =>
                    new WindowSymbols(values.alias(), places, map, Set, active?.alias()),
            BatchNormalizationNode { Shape.Count: 3 } normalization =>
                new WindowSymbols(values * normalization.ScaleAndShift(values.dtype).Scale, places, map, Set, active?.alias()),
            RearrangementNode { Shifted: { } shift } => Move(shift, node.Shape),
            ElementwiseAffineNode { IsPerChannel: true, Shape.Count: 3 } rescaling =>
                new WindowSymbols(values * rescaling.ChannelScale(values), places, map, Set, active?.alias()),
            ElementwiseAffineNode rescaling => Scale(rescaling.EachScale(Set.Boxes[^1] + 1, values)),
            LinearNode linear => Weigh(linear),
            ConvolutionNode { Convolution.groups: 1 } convolution => Convolve(convolution),
            ConvolutionNode convolution => Slide(SlidingWindow.Of(convolution), node.Shape),
            PoolEntryNode entry => Slide(SlidingWindow.Of(entry), node.Shape),
            AdaptiveAveragePoolNode { Uniform: { } pool } => Linear(pool),
            AveragePoolNode { IsGlobal: true } pool =>
                new DenseSymbols((values.sum([1, 2]) * Scalars.Of(pool.Weight)).reshape(Count, map[0], 1, 1), Set),
            AveragePoolNode pool when SlidingWindow.Of(pool) is { } sliding => Slide(sliding, node.Shape),
            _ => Dense().Linear(node),
        };

        // A window as large as its map has nothing left to save.
        return (result is WindowSymbols { CoversMap: true } windows ? windows.Dense() : result).MoveOut();
    }

    /// <summary>What the kernels promise of a convolution: products of one tap are summed before the taps are.</summary>
    public override long Terms(AffineNode node) => node switch
    {
        ConvolutionNode { Convolution.groups: 1 } convolution => map[0] + (convolution.Kernel[0] * convolution.Kernel[1]),
        LinearNode => map[0] + (map[1] * map[2]),
        _ => node.Terms,
    };

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        var slopes = ChannelsLast(slope);
        return new WindowSymbols(LibtorchKernels.ScaleWindows(values, places, slopes), places, map, Set, slopes).MoveOut();
    }

    public override void AddAbsoluteTo(Tensor radius)
    {
        using var scope = NewDisposeScope();
        var sum = zeros([radius.shape[0], map[1], map[2], map[0]], dtype: values.dtype, device: values.device);
        LibtorchKernels.AddAbsoluteWindows(values, places, sum);
        radius.PlusInPlace(sum.permute(0, 3, 1, 2).reshape(radius.shape));
    }

    /// <summary>The same symbols with everything outside the map set to zero.</summary>
    public WindowSymbols WithoutOutside()
    {
        LibtorchKernels.ClearOutside(values, places, (int)map[1], (int)map[2]);
        return this;
    }

    public override Tensor Sizes()
    {
        using var scope = NewDisposeScope();
        return values.abs().flatten(1).sum(1).MoveToOuterDisposeScope();
    }

    public override NoiseSymbols Select(int[] rows)
    {
        using var scope = NewDisposeScope();
        return rows.Length == Count
            ? new WindowSymbols(values.alias(), places, map, Set).MoveOut()
            : new WindowSymbols(
                values.index_select(0, Index(rows, values.device)),
                [.. rows.Select(row => places[row])],
                map,
                Set.Select(rows)).MoveOut();
    }

    public override NoiseSymbols Place(long channel, IReadOnlyList<long> shape)
    {
        using var scope = NewDisposeScope();
        if (shape.Count == 3)
            return new WindowSymbols(nn.functional.pad(values, (channel, shape[0] - channel - map[0])), places, shape, Set).MoveOut();
        return new DenseSymbols(Generators([map[0] * map[1] * map[2]]), Set).Place(channel, shape).MoveOut();
    }

    public override NoiseSymbols? TryAdd(NoiseSymbols other)
    {
        using var scope = NewDisposeScope();
        var windows = other as WindowSymbols ?? (other as NewbornSymbols)?.AsWindows();
        return windows is null || !map.SequenceEqual(windows.Map) ? null : Union(windows)?.MoveOut();
    }

    public override Tensor Generators(IReadOnlyList<long> shape)
    {
        using var scope = NewDisposeScope();
        return Dense().Generators(shape).MoveToOuterDisposeScope();
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
        LibtorchKernels.Convolve(
            values, places, active, node.TapWeights(map, values), shape, result,
            [.. places.Select(place => place with { Row = 0, Column = 0 })]);
        return new DenseSymbols(result.reshape(Count, node.Channels), Set);
    }

    private WindowSymbols Convolve(ConvolutionNode node)
    {
        var shape = SlidingWindow.Shape(node);
        WindowPlace[] moved = [.. places.Select(place =>
            place with { Row = shape.Rows.FirstOutput(place.Row), Column = shape.Columns.FirstOutput(place.Column) })];
        var result = zeros(
            [Count, shape.Rows.OutputSize(Height), shape.Columns.OutputSize(Width), node.Channels],
            dtype: values.dtype,
            device: values.device);
        LibtorchKernels.Convolve(values, places, active, node.TapWeights(values), shape, result, moved);
        return new WindowSymbols(result, moved, node.Shape, Set);
    }

    private WindowSymbols Slide(SlidingWindow sliding, IReadOnlyList<long> shape)
    {
        var (moved, movedPlaces) = sliding.Apply(values, places);
        return new WindowSymbols(moved, movedPlaces, shape, Set).WithoutOutside();
    }

    private WindowSymbols Move(MapShift shift, IReadOnlyList<long> shape)
    {
        // Channels of zeros come from one behind all others.
        var index = tensor(Array.ConvertAll(shift.Channels, channel => channel >= 0 ? channel : map[0]), device: values.device);
        WindowPlace[] moved =
        [
            .. places.Select(place => place with { Row = (int)(place.Row - shift.Rows), Column = (int)(place.Column - shift.Columns) }),
        ];
        return new WindowSymbols(nn.functional.pad(values, (0, 1)).index_select(3, index), moved, shape, Set).WithoutOutside();
    }

    private Tensor Values => values;

    private WindowPlace[] Places => places;

    private IReadOnlyList<long> Map => map;

    /// <summary>Both blocks in windows that hold those of each, or null if these would cover the map.</summary>
    private WindowSymbols? Union(WindowSymbols other)
    {
        var union = places
            .Zip(other.Places, (a, b) => a with { Row = Math.Min(a.Row, b.Row), Column = Math.Min(a.Column, b.Column) })
            .ToArray();
        int height = 0, width = 0;
        for (var symbol = 0; symbol < union.Length; symbol++)
        {
            height = Math.Max(height, Math.Max(places[symbol].Row + Height, other.Places[symbol].Row + other.Height) - union[symbol].Row);
            width = Math.Max(
                width,
                Math.Max(places[symbol].Column + Width, other.Places[symbol].Column + other.Width) - union[symbol].Column);
        }

        if (height >= map[1] && width >= map[2])
            return null;
        var sum = zeros([Count, height, width, map[0]], dtype: values.dtype, device: values.device);
        WindowCanvas.Add(values, sum, [.. places.Zip(union, (place, corner) => (place.Row - corner.Row, place.Column - corner.Column))]);
        WindowCanvas.Add(
            other.Values,
            sum,
            [.. other.Places.Zip(union, (place, corner) => (place.Row - corner.Row, place.Column - corner.Column))]);
        return new WindowSymbols(sum, union, map, Set);
    }

    private DenseSymbols Dense()
    {
        var dense = zeros([Count, map[1], map[2], map[0]], dtype: values.dtype, device: values.device);
        WindowCanvas.Add(values, dense, [.. places.Select(place => (place.Row, place.Column))]);
        return new DenseSymbols(dense.permute(0, 3, 1, 2).contiguous(), Set);
    }

    private Tensor ChannelsLast(Tensor batch) =>
        batch.reshape(batch.shape[0], map[0], map[1], map[2]).permute(0, 2, 3, 1).contiguous();
}
