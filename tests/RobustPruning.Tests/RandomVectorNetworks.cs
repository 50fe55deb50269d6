using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Draws small networks over inputs of one to four axes.</summary>
internal sealed class RandomVectorNetworks(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>A network in evaluation mode: the input rescaled, rearranged, through some layers, to two or three outputs.</summary>
    public GraphModule Network()
    {
        manual_seed(_random.Next());
        var moves = new RandomMoves(_random);
        var builder = new GraphBuilder(Shape());
        var node = builder.Input;
        if (_random.Next(2) == 0)
            node = builder.Rescaling("scale", node, moves.Rescaling(node.Shape));
        if (_random.Next(4) == 0)
            node = moves.Clip(builder, "camera", node);
        node =
            node.Shape.Count == 3 && _random.Next(2) == 0
                ? builder.Flatten(
                    "flatten",
                    builder.Relu("relu", builder.Convolution("conv", node, nn.Conv2d(node.Channels, 2, 2L, padding: 1))))
                : builder.Reshape("flatten", node, [node.Neurons]);
        if (_random.Next(2) == 0)
            node = moves.OfVector(builder, "move", node);
        for (var layer = _random.Next(1, 3); layer > 0; layer--)
        {
            var before = builder.Linear($"fc{layer}", node, nn.Linear(node.Channels, _random.Next(3, 7)));
            node = _random.Next(4) switch
            {
                0 => builder.Tanh($"act{layer}", before),
                1 => moves.Clip(builder, $"act{layer}", before),
                _ => builder.Relu($"act{layer}", before),
            };
            if (_random.Next(3) == 0)
                node = builder.Addition($"sub{layer}", node, builder.Rescaling($"minus{layer}", before, new Rescaling(-1)));
        }

        var network = new GraphModule(builder.Build(builder.Linear("output", node, nn.Linear(node.Channels, _random.Next(2, 4)))));
        network.eval();
        return network;
    }

    /// <summary>Limits of inputs, some equal, of random size; in 64-bit numbers that have no 32-bit ones.</summary>
    public (Tensor Lower, Tensor Upper) Limits(IReadOnlyList<long> shape)
    {
        using var scope = NewDisposeScope();
        var centre = randn([.. shape], dtype: float64);
        var widths = rand([.. shape], dtype: float64) * Math.Pow(10, (-2 * _random.NextDouble()) - 0.3);
        var radius = where(rand([.. shape]).lt(0.2), zeros_like(widths), widths);
        return ((centre - radius).MoveToOuterDisposeScope(), (centre + radius).MoveToOuterDisposeScope());
    }

    private long[] Shape() => _random.Next(4) switch
    {
        0 => [_random.Next(1, 8)],
        1 => [_random.Next(1, 4), _random.Next(1, 4)],
        2 => [_random.Next(1, 3), _random.Next(2, 4), _random.Next(2, 4)],
        _ => [1, 2, _random.Next(1, 3), 2],
    };
}
