using RobustPruning.Onnx.Wire;
using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Operators;

/// <summary>A random window, and what convolutions and poolings give with it, one value after the other.</summary>
internal sealed record DrawnWindow(long[] Sizes, long[] Kernel, long[] Strides, long[] Dilations, long[] Pads, bool RoundsUp)
{
    public MessageWriter[] Attributes =>
        [
            AttributeWriter.Integers("kernel_shape", Kernel),
            AttributeWriter.Integers("strides", Strides),
            AttributeWriter.Integers("dilations", Dilations),
            AttributeWriter.Integers("pads", Pads),
            .. RoundsUp ? [AttributeWriter.Integer("ceil_mode", 1)] : Array.Empty<MessageWriter>(),
        ];

    private int Rank => Sizes.Length;

    public static DrawnWindow Draw(Random random, int rank, bool isTransposed = false, bool isPooling = false)
    {
        var window = new DrawnWindow(
            Numbers(2, 6), Numbers(1, 4), Numbers(1, 4), Numbers(1, 3), [.. Numbers(0, 3), .. Numbers(0, 3)],
            isPooling && random.Next(3) == 0);

        // What does not fit is drawn again.
        return Enumerable.Range(0, rank).All(axis => isTransposed ? window.TransposedSize(axis) > 0 : window.Room(axis) >= 0)
            ? window
            : Draw(random, rank, isTransposed, isPooling);

        long[] Numbers(int from, int to) => [.. Enumerable.Range(0, rank).Select(_ => (long)random.Next(from, to))];
    }

    public Tensor Convolved(Tensor x, Tensor weight, Tensor bias, long groups)
    {
        var shape = (long[])[1, weight.shape[0], .. Enumerable.Range(0, Rank).Select(Outputs)];
        var (values, weights, biases) = (x.Numbers(), weight.Numbers(), bias.Numbers());
        long inputs = weight.shape[1], perGroup = weight.shape[0] / groups;
        return Each(shape, place => biases[place[1]] + Positions(Kernel).Sum(tap => Enumerable.Range(0, (int)inputs).Sum(channel =>
        {
            long[] from =
            [
                .. Enumerable.Range(0, Rank).Select(axis => (place[axis + 2] * Strides[axis]) - Pads[axis] + (tap[axis] * Dilations[axis])),
            ];
            return IsInside(from)
                ? weights[Index(weight.shape, [place[1], channel, .. tap])]
                    * values[Index(x.shape, [0, (place[1] / perGroup * inputs) + channel, .. from])]
                : 0;
        })));
    }

    public Tensor Transposed(Tensor x, Tensor weight, Tensor bias, long groups)
    {
        long perGroup = weight.shape[1], inputs = weight.shape[0] / groups;
        var shape = (long[])[1, perGroup * groups, .. Enumerable.Range(0, Rank).Select(TransposedSize)];
        var (values, weights, sums) = (x.Numbers(), weight.Numbers(), Each(shape, place => bias.Numbers()[place[1]]).Numbers());

        // Every value spreads over a window of the result.
        foreach (var place in Positions(x.shape))
        {
            foreach (var tap in Positions(Kernel))
            {
                long[] to =
                [
                    .. Enumerable
                        .Range(0, Rank)
                        .Select(axis => (place[axis + 2] * Strides[axis]) - Pads[axis] + (tap[axis] * Dilations[axis])),
                ];
                for (var output = 0L;
                    output < perGroup && to.Index().All(entry => entry.Item >= 0 && entry.Item < shape[entry.Index + 2]);
                    output++)
                    sums[Index(shape, [0, (place[1] / inputs * perGroup) + output, .. to])] +=
                        values[Index(x.shape, place)] * weights[Index(weight.shape, [place[1], output, .. tap])];
            }
        }

        return tensor(sums, shape).to(float32);
    }

    /// <summary>Null if a window holds nothing but padding.</summary>
    public Tensor? Pooled(Tensor x, bool isMaximum, bool countsPadding)
    {
        var values = x.Numbers();
        var isEmpty = false;
        var pooled = Each([1, x.shape[1], .. Enumerable.Range(0, Rank).Select(Outputs)], place =>
        {
            long[][] all =
            [
                .. Positions(Kernel)
                    .Select(tap =>
                        (long[])
                            [
                                .. Enumerable
                                    .Range(0, Rank)
                                    .Select(axis => (place[axis + 2] * Strides[axis]) - Pads[axis] + (tap[axis] * Dilations[axis])),
                            ]),
            ];
            double[] inside = [.. all.Where(IsInside).Select(from => values[Index(x.shape, [0, place[1], .. from])])];
            var counted = countsPadding
                ? all.Count(from => from.Index().All(entry => entry.Item < Sizes[entry.Index] + Pads[entry.Index + Rank]))
                : inside.Length;
            isEmpty |= isMaximum ? inside.Length == 0 : counted == 0;
            return isEmpty ? 0 : isMaximum ? inside.Max() : inside.Sum() / counted;
        });
        return isEmpty ? null : pooled;
    }

    private long Room(int axis) => Sizes[axis] + Pads[axis] + Pads[axis + Rank] - (Dilations[axis] * (Kernel[axis] - 1)) - 1;

    private long Outputs(int axis)
    {
        var count = (Room(axis) / Strides[axis]) + 1;
        var isCut = RoundsUp && Room(axis) % Strides[axis] != 0 && (count * Strides[axis]) - Pads[axis] < Sizes[axis];
        return isCut ? count + 1 : count;
    }

    private long TransposedSize(int axis) =>
        (Strides[axis] * (Sizes[axis] - 1)) + (Dilations[axis] * (Kernel[axis] - 1)) + 1 - Pads[axis] - Pads[axis + Rank];

    private bool IsInside(long[] place) => place.Index().All(entry => entry.Item >= 0 && entry.Item < Sizes[entry.Index]);

    private static Tensor Each(long[] shape, Func<long[], double> compute) =>
        tensor(Positions(shape).Select(compute).ToArray(), shape).to(float32);

    private static IEnumerable<long[]> Positions(long[] shape) => shape.Length == 0
        ? [[]]
        : from first in Enumerable.Range(0, (int)shape[0]) from rest in Positions(shape[1..]) select (long[])[first, .. rest];

    private static long Index(long[] shape, long[] place) =>
        shape.Zip(place).Aggregate(0L, (index, axis) => (index * axis.First) + axis.Second);
}
