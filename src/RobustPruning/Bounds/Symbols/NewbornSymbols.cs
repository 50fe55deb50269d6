using RobustPruning.Devices;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Symbols that each touch one neuron, as they are when a nonlinearity makes them.</summary>
/// <param name="sizes">The size of each symbol, <c>[N]</c>.</param>
/// <param name="set">Which symbols they are.</param>
/// <param name="neurons">The neuron of each symbol: its index among one box's values, as flattened.</param>
/// <param name="map">The shape of one box's values, <c>[C, H, W]</c> or <c>[F]</c>; a flatten leaves it as it is.</param>
internal sealed class NewbornSymbols(Tensor sizes, SymbolSet set, long[] neurons, IReadOnlyList<long> map) : NoiseSymbols(set)
{
    /// <summary>New symbols.</summary>
    /// <param name="sizes">The size of each symbol, <c>[N]</c>.</param>
    /// <param name="boxes">The box of each symbol, ascending.</param>
    /// <param name="neurons">The neuron of each symbol: its index among one box's values, as flattened.</param>
    /// <param name="map">The shape of one box's values.</param>
    public NewbornSymbols(Tensor sizes, int[] boxes, long[] neurons, IReadOnlyList<long> map)
        : this(sizes, new SymbolSet(boxes), neurons, map)
    {
    }

    public override NoiseSymbols Linear(AffineNode node)
    {
        using var scope = NewDisposeScope();
        return node switch
        {
            FlattenNode or RearrangementNode { Sources: null, Shape.Count: 1 } =>
                new NewbornSymbols(sizes.alias(), Set, neurons, map).MoveOut(),
            RearrangementNode { Sources: null } => new NewbornSymbols(sizes.alias(), Set, neurons, node.Shape).MoveOut(),
            RearrangementNode { Targets: { } targets } => Moved(node.Shape, neuron => targets[(int)neuron], 1).MoveOut(),
            RearrangementNode { Shifted: not null } shift => Windows().Linear(shift).MoveOut(),
            RearrangementNode repetition => new DenseSymbols(repetition.Linear(Generators(repetition.Input.Shape)), Set).MoveOut(),
            ElementwiseAffineNode rescaling => Scale(rescaling.EachScale(Set.Boxes[^1] + 1, sizes)).MoveOut(),
            LinearNode linear => new DenseSymbols(Columns(linear), Set).MoveOut(),
            PoolEntryNode entry => Moved(entry.Shape, entry.WindowOf, 1).MoveOut(),
            AdaptiveAveragePoolNode { Uniform: { } pool } => Linear(pool).MoveOut(),
            AveragePoolNode { IsPartition: true } pool => Moved(pool.Shape, pool.WindowOf, pool.Weight).MoveOut(),
            ConvolutionNode { HasUnitSteps: true } convolution => Stamps(convolution).MoveOut(),
            _ when map.Count == 3 => Windows().Linear(node).MoveOut(),
            _ => new DenseSymbols(node.Linear(Generators(node.Input.Shape)), Set).MoveOut(),
        };
    }

    public override long Terms(AffineNode node) => node is LinearNode or ConvolutionNode { HasUnitSteps: true } ? 1 : node.Terms;

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        return new NewbornSymbols(sizes * slope.flatten().index_select(0, Places(slope)), Set, neurons, map).MoveOut();
    }

    public override void AddAbsoluteTo(Tensor radius)
    {
        using var scope = NewDisposeScope();
        radius.view(-1).scatter_add_(0, Places(radius), sizes.abs());
    }

    public override Tensor Sizes() => sizes.abs();

    public override NoiseSymbols Select(int[] rows)
    {
        using var scope = NewDisposeScope();
        return rows.Length == Count
            ? new NewbornSymbols(sizes.alias(), Set, neurons, map).MoveOut()
            : new NewbornSymbols(
                sizes.index_select(0, Index(rows, sizes.device)),
                Set.Select(rows),
                [.. rows.Select(row => neurons[row])],
                map).MoveOut();
    }

    public override NoiseSymbols Place(long channel, IReadOnlyList<long> shape)
    {
        var first = shape.Skip(1).Aggregate(channel, (product, size) => product * size);
        using var scope = NewDisposeScope();
        return new NewbornSymbols(sizes.alias(), Set, Array.ConvertAll(neurons, neuron => first + neuron), shape).MoveOut();
    }

    public override NoiseSymbols? TryAdd(NoiseSymbols other)
    {
        using var scope = NewDisposeScope();
        if (other is NewbornSymbols newborn && newborn.TouchesSameNeurons(neurons))
            return new NewbornSymbols(newborn.AddTo(sizes), Set, neurons, map).MoveOut();
        return map.Count == 3 ? Windows().TryAdd(other)?.MoveOut() : null;
    }

    public override Tensor Generators(IReadOnlyList<long> shape)
    {
        using var scope = NewDisposeScope();
        var dense = zeros([Count, shape.Aggregate(1L, (product, size) => product * size)], dtype: sizes.dtype, device: sizes.device);
        return dense
            .scatter(1, tensor(neurons, device: sizes.device).unsqueeze(1), sizes.unsqueeze(1))
            .reshape([Count, .. shape])
            .MoveToOuterDisposeScope();
    }

    /// <summary>The same symbols as windows of one place each, or null if they are in no feature map.</summary>
    public WindowSymbols? AsWindows() => map.Count == 3 ? Windows() : null;

    public override NoiseSymbols MoveOut()
    {
        sizes.MoveToOuterDisposeScope();
        return this;
    }

    public override void Dispose() => sizes.Dispose();

    /// <summary>Each symbol's index into a flattened <c>[B, ...]</c>.</summary>
    private Tensor Places(Tensor batch)
    {
        var size = batch.numel() / batch.shape[0];
        return tensor(neurons.Select((neuron, symbol) => (Set.Boxes[symbol] * size) + neuron).ToArray(), device: batch.device);
    }

    /// <summary>Under a linear layer, a symbol's generator is a column of the weights.</summary>
    private Tensor Columns(LinearNode node) =>
        node.InputWeights(sizes).index_select(0, tensor(neurons, device: sizes.device)) * sizes.unsqueeze(1);

    /// <summary>Under a convolution that moves by single steps, a symbol's generator is its channel's kernel, turned round.</summary>
    private WindowSymbols Stamps(ConvolutionNode node)
    {
        var (channels, places) = Locate();
        var (kernel, padding) = (node.Kernel, node.Padding);
        var stamps = node.WeightIn(sizes.dtype).flip(2, 3).permute(1, 2, 3, 0);
        var values = stamps.index_select(0, tensor(channels, device: sizes.device)) * sizes.reshape(-1, 1, 1, 1);
        var moved = places.Select(place => new WindowPlace(
            place.Box, (int)(place.Row + padding[0] - kernel[0] + 1), (int)(place.Column + padding[1] - kernel[1] + 1)));
        return new WindowSymbols(values.contiguous(), [.. moved], node.Shape, Set).WithoutOutside();
    }

    private bool TouchesSameNeurons(long[] others) => neurons == others || neurons.AsSpan().SequenceEqual(others);

    private Tensor AddTo(Tensor others) => sizes.Plus(others);

    /// <summary>Under a pooling that takes each value to one window at most, symbols stay single.</summary>
    private NewbornSymbols Moved(IReadOnlyList<long> shape, Func<long, long, (long Row, long Column)?> windowOf, double weight)
    {
        long area = map[1] * map[2], width = map[2];
        return Moved(shape, neuron => windowOf(neuron % area / width, neuron % width) is var (row, column)
            ? (((neuron / area * shape[1]) + row) * shape[2]) + column : -1, weight);
    }

    /// <summary>Under a layer that takes each value to one place at most; symbols that it takes to none, −1, are gone.</summary>
    private NewbornSymbols Moved(IReadOnlyList<long> shape, Func<long, long> targetOf, double weight)
    {
        var targets = Array.ConvertAll(neurons, neuron => targetOf(neuron));
        int[] rows = [.. Enumerable.Range(0, targets.Length).Where(row => targets[row] >= 0)];
        return new NewbornSymbols(
            sizes.index_select(0, Index(rows, sizes.device)) * Scalars.Of(weight),
            Set.Select(rows),
            [.. rows.Select(row => targets[row])],
            shape);
    }

    private WindowSymbols Windows()
    {
        var (channels, places) = Locate();
        var values = zeros([Count, map[0]], dtype: sizes.dtype, device: sizes.device);
        values.scatter_(1, tensor(channels, device: sizes.device).unsqueeze(1), sizes.unsqueeze(1));
        return new WindowSymbols(values.reshape(Count, 1, 1, map[0]), places, map, Set);
    }

    private (long[] Channels, WindowPlace[] Places) Locate()
    {
        long area = map[1] * map[2], width = map[2];
        return (
            [.. neurons.Select(neuron => neuron / area)],
            [.. neurons.Select(
                (neuron, symbol) => new WindowPlace(Set.Boxes[symbol], (int)(neuron % area / width), (int)(neuron % width)))]);
    }
}
