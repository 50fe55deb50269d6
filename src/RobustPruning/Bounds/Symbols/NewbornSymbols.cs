using RobustPruning.Devices;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Symbols that each touch one neuron, as they are when a nonlinearity makes them.</summary>
/// <param name="sizes">The size of each symbol, <c>[N]</c>.</param>
/// <param name="boxes">The box of each symbol, ascending.</param>
/// <param name="neurons">The neuron of each symbol: its index among one box's values, as flattened.</param>
/// <param name="map">The shape of one box's values, <c>[C, H, W]</c> or <c>[F]</c>; a flatten leaves it as it is.</param>
internal sealed class NewbornSymbols(Tensor sizes, int[] boxes, long[] neurons, IReadOnlyList<long> map) : NoiseSymbols
{
    public override long Count => boxes.Length;

    public override NoiseSymbols Linear(AffineNode node)
    {
        using var scope = NewDisposeScope();
        return node switch
        {
            FlattenNode => new NewbornSymbols(sizes.alias(), boxes, neurons, map).MoveOut(),
            LinearNode linear => new DenseSymbols(Columns(linear), boxes).MoveOut(),
            ConvolutionNode { HasUnitSteps: true } convolution => Stamps(convolution).MoveOut(),
            _ when map.Count == 3 => Windows().Linear(node).MoveOut(),
            _ => throw BoundsRecorder.Unknown(node, "semantic interval"),
        };
    }

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        return new NewbornSymbols(sizes * slope.flatten().index_select(0, Places(slope)), boxes, neurons, map).MoveOut();
    }

    public override void AddAbsoluteTo(Tensor radius)
    {
        using var scope = NewDisposeScope();
        radius.view(-1).scatter_add_(0, Places(radius), sizes.abs());
    }

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
        return tensor(neurons.Select((neuron, symbol) => (boxes[symbol] * size) + neuron).ToArray(), device: batch.device);
    }

    /// <summary>Under a linear layer, a symbol's generator is a column of the weights.</summary>
    private Tensor Columns(LinearNode node) =>
        node.InputWeights().index_select(0, tensor(neurons, device: sizes.device)) * sizes.unsqueeze(1);

    /// <summary>Under a convolution that moves by single steps, a symbol's generator is its channel's kernel, turned round.</summary>
    private WindowSymbols Stamps(ConvolutionNode node)
    {
        var (channels, places) = Locate();
        var (kernel, padding) = (node.Kernel, node.Padding);
        var stamps = node.Convolution.weight.flip(2, 3).permute(1, 2, 3, 0);
        var values = stamps.index_select(0, tensor(channels, device: sizes.device)) * sizes.reshape(-1, 1, 1, 1);
        var moved = places.Select(place => new WindowPlace(
            place.Box, (int)(place.Row + padding[0] - kernel[0] + 1), (int)(place.Column + padding[1] - kernel[1] + 1)));
        return new WindowSymbols(values.contiguous(), [.. moved], node.Shape).WithoutOutside();
    }

    private WindowSymbols Windows()
    {
        var (channels, places) = Locate();
        var values = zeros([Count, map[0]], dtype: sizes.dtype, device: sizes.device);
        values.scatter_(1, tensor(channels, device: sizes.device).unsqueeze(1), sizes.unsqueeze(1));
        return new WindowSymbols(values.reshape(Count, 1, 1, map[0]), places, map);
    }

    private (long[] Channels, WindowPlace[] Places) Locate()
    {
        long area = map[1] * map[2], width = map[2];
        return ([.. neurons.Select(neuron => neuron / area)],
            [.. neurons.Select((neuron, symbol) => new WindowPlace(boxes[symbol], (int)(neuron % area / width), (int)(neuron % width)))]);
    }
}
