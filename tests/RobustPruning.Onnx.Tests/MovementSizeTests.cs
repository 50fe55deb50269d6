using RobustPruning.Graphs;
using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>Slices, transpositions, padding and repetition are written as such, not with an index for each value.</summary>
public sealed class MovementSizeTests
{
    private const long Size = 64;

    [Test]
    public void MovementsTakeNoMoreThanAnIndexForEachPositionOfAnAxis()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var map = arange(4 * Size * Size).reshape(4, Size, Size);
        var channels = tensor(new long[] { 3, 0, 2 });
        foreach (var (name, moved) in new (string, Tensor)[]
        {
            ("slice", map.narrow(0, 1, 2)), ("crop", map.slice(1, 3, 50, 2)), ("flip", map.flip(2)), ("turn", map.permute(2, 0, 1)),
            ("channels", map.index_select(0, channels)), ("cut and turned", map.narrow(1, 5, 9).permute(0, 2, 1)),
            ("one row", map.slice(1, 7, 8, 1)), ("a channel as a matrix", map[2]), ("repeated", map.slice(1, 7, 8, 1).expand(4, 5, Size)),
            ("padded", nn.functional.pad(map + 1, (2, 3, 1, 0)) - 1),
            ("every second of each", map.slice(1, 0, Size, 2).slice(2, 1, Size, 2)),
        })
        {
            var builder = new GraphBuilder([4, Size, Size]);
            var graph = builder.Build(
                builder.Relu(
                    "out",
                    builder.Rearrangement("moved", builder.Input, moved.shape, moved.contiguous().flatten().data<long>().ToArray())));
            var path = folder[$"{name}.onnx"];
            OnnxModel.Save(graph, path);
            Assert.That(new FileInfo(path).Length, Is.LessThan(2500), name);
            using var model = OnnxModel.Load(path);
            using var images = randn(2, 4, Size, Size);
            Assert.That(TensorValues.Gap(model.Graph.Forward(images), graph.Forward(images)), Is.Zero, name);
        }
    }

    [Test]
    public void RandomMovesOfAxesAreFoundAndOthersAreNot()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var found = 0;
        for (var trial = 0; trial < 300; trial++)
        {
            using var scope = NewDisposeScope();
            long[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (long)random.Next(1, 5))];
            var count = shape.Aggregate(1L, (product, size) => product * size);
            var moved = arange(count).reshape(shape);
            for (var axis = 0; axis < shape.Length; axis++)
                moved = moved.index_select(
                    axis,
                    tensor(Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.NextInt64(shape[axis])).ToArray()));
            var order = Enumerable.Range(0, shape.Length).Select(axis => (long)axis).ToArray();
            random.Shuffle(order);
            moved = moved.permute(order).contiguous();
            long[] sources = moved.flatten().data<long>().ToArray();
            var moves = AxisMoves.Of(sources, shape, moved.shape);
            Assert.That(moves, Is.Not.Null, $"[{string.Join(", ", shape)}] -> [{string.Join(", ", sources)}]");

            // Any other place breaks the pattern, or is a pattern too.
            sources[random.Next(sources.Length)] = random.NextInt64(-1, count);
            if (AxisMoves.Of(sources, shape, moved.shape) is { } other)
            {
                found++;
                Assert.That(Given(other, shape, moved.shape), Is.EqualTo(sources));
            }
        }

        Assert.That(found, Is.LessThan(300));
    }

    private static long[] Given(AxisMoves moves, long[] before, long[] after)
    {
        var result = new List<long>();
        for (var place = 0L; place < after.Aggregate(1L, (product, size) => product * size); place++)
        {
            var index = new long[after.Length];
            for (var (axis, rest) = (after.Length - 1, place); axis >= 0; axis--)
                (index[axis], rest) = (rest % after[axis], rest / after[axis]);
            long[] positions =
            [
                .. before.Select((_, axis) => moves.Positions[axis][moves.Targets[axis] < 0 ? 0 : index[moves.Targets[axis]]]),
            ];
            result.Add(
                positions.Contains(-1)
                    ? -1
                    : before
                        .Select((size, axis) => (size, axis))
                        .Aggregate(0L, (source, entry) => (source * entry.size) + positions[entry.axis]));
        }

        return [.. result];
    }
}
