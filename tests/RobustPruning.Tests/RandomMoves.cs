using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Draws rearrangements, rescalings and clips.</summary>
internal sealed class RandomMoves(Random random)
{
    /// <summary>A rearrangement of a map: of whole channels or within them, or of anything anywhere.</summary>
    /// <param name="builder">The graph's builder.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="input">A square map.</param>
    /// <param name="keepsSize">Whether height and width stay.</param>
    public GraphNode OfMap(GraphBuilder builder, string name, GraphNode input, bool keepsSize = false)
    {
        long channels = input.Shape[0], size = input.Shape[1];
        switch (random.Next(keepsSize ? 4 : 8))
        {
            // Channels in another order, some of them twice or nowhere.
            case 0:
                long[] order = [.. Enumerable.Range(0, random.Next(1, (int)channels + 2)).Select(_ => (long)random.Next((int)channels))];
                return Moved(builder, name, input, [order.Length, size, size], (channel, row, column) => (order[channel], row, column));
            case 1:
                var shift = random.Next((int)channels);
                return Moved(
                    builder, name, input, [channels, size, size],
                    (channel, row, column) => ((channel + shift) % channels, size - 1 - row, column));
            case 2:
                return Moved(builder, name, input, [channels, size, size], (channel, row, column) => (channel, column, row));
            case 3:
                long[] shape = [random.Next(1, 4), size, size];
                return builder.Rearrangement(
                    name,
                    input,
                    shape,
                    [
                        .. Enumerable
                            .Range(0, (int)(shape[0] * size * size))
                            .Select(_ => random.Next(5) == 0 ? -1L : random.Next((int)input.Neurons)),
                    ]);

            // Padding and cropping, with channels of zeros.
            case 4:
                return Moved(
                    builder, name, input, [channels + random.Next(2), size + 1, size + 1],
                    (channel, row, column) => (channel, row - 1, column));
            case 5 when size > 1:
                return Moved(builder, name, input, [channels, size - 1, size - 1], (channel, row, column) => (channel, row + 1, column));

            // Axes in another order, here and back: a reshape between two vectors.
            case 6:
                var vector = builder.Rearrangement(
                    name + "v",
                    input,
                    [input.Neurons],
                    [.. Enumerable.Range(0, (int)input.Neurons).Select(place => (place % channels * size * size) + (place / channels))]);
                return builder.Reshape(name, vector, [channels, size, size]);
            default:
                return builder.Reshape(name, builder.Reshape(name + "v", input, [channels * size, size]), [channels, size, size]);
        }
    }

    /// <summary>A rearrangement of a vector: a permutation, or of anything anywhere; or two reshapes.</summary>
    public GraphNode OfVector(GraphBuilder builder, string name, GraphNode input)
    {
        var places = Enumerable.Range(0, (int)input.Neurons).Select(place => (long)place).ToArray();
        random.Shuffle(places);
        return random.Next(3) switch
        {
            0 => builder.Rearrangement(name, input, [places.Length], places),
            1 => builder.Rearrangement(
                name, input, [places.Length + 1],
                [.. places.Append(0).Select(place => random.Next(5) == 0 ? -1 : (long)random.Next(places.Length))]),
            _ => builder.Reshape(name, builder.Reshape(name + "m", input, [1, places.Length]), [places.Length]),
        };
    }

    /// <summary>
    /// Constants of any shape that fits: one, a number a channel, one for each place or value. Some are negative, some zero.
    /// </summary>
    public Rescaling Rescaling(IReadOnlyList<long> shape) => new(Constants(shape), Constants(shape));

    /// <summary>A clip with one limit or both.</summary>
    public GraphNode Clip(GraphBuilder builder, string name, GraphNode input) => random.Next(4) switch
    {
        0 => builder.Clip(name, input, random.NextDouble() - 0.7, double.PositiveInfinity),
        1 => builder.Clip(name, input, double.NegativeInfinity, random.NextDouble() - 0.3),
        2 => builder.Clip(name, input, 0, 1),
        _ => builder.Clip(name, input, -random.NextDouble(), random.NextDouble()),
    };

    /// <summary>A clip as a module, for a chain.</summary>
    public GraphModule Clip(IReadOnlyList<long> shape, string name)
    {
        var builder = new GraphBuilder(shape);
        return new GraphModule(builder.Build(Clip(builder, "clip", builder.Input)), name);
    }

    private GraphNode Moved(
        GraphBuilder builder, string name, GraphNode input, long[] shape,
        Func<long, long, long, (long Channel, long Row, long Column)> sourceOf)
    {
        var before = input.Shape;
        return builder.Rearrangement(
            name,
            input,
            shape,
            [
                .. from channel in Range(shape[0])
                from row in Range(shape[1])
                from column in Range(shape[2])
                select Place(sourceOf(channel, row, column)),
            ]);

        long Place((long Channel, long Row, long Column) source) =>
            source.Channel >= before[0] || source.Row < 0 || source.Row >= before[1] || source.Column < 0 || source.Column >= before[2]
                ? -1 : (((source.Channel * before[1]) + source.Row) * before[2]) + source.Column;

        static IEnumerable<long> Range(long count) => Enumerable.Range(0, (int)count).Select(index => (long)index);
    }

    private Tensor Constants(IReadOnlyList<long> shape)
    {
        using var scope = NewDisposeScope();
        long[] sizes = random.Next(4) switch
        {
            0 => [1],
            1 => [shape[0], .. shape.Skip(1).Select(_ => 1L)],
            2 => [1, .. shape.Skip(1)],
            _ => [.. shape],
        };
        var values = randn(sizes);
        return (random.Next(3) == 0 ? values.relu() : values).MoveToOuterDisposeScope();
    }
}
