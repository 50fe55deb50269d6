using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Writing;

/// <summary>How poolings are written.</summary>
internal static class PoolWriter
{
    public static void Maximum(GraphWriter writer, string name, string[] inputs, MaxPoolDescription pool) => writer.Add(
        "MaxPool", name, inputs, [.. Window(pool.Kernel, pool.Stride, pool.Padding), AttributeWriter.Integers("dilations", pool.Dilation)]);

    /// <summary>An average, and a factor behind it where the sum is divided by another number than the window's size.</summary>
    public static void Average(GraphWriter writer, string name, string[] inputs, AveragePoolDescription pool)
    {
        var counts = AttributeWriter.Integer("count_include_pad", pool.CountIncludePadding || pool.Divisor is not null ? 1 : 0);
        var mean = pool.Divisor is null ? name : writer.Free($"{name}/mean");
        writer.Add("AveragePool", mean, inputs, [.. Window(pool.Kernel, pool.Stride, pool.Padding), counts]);
        if (pool.Divisor is { } divisor)
            writer.Add("Mul", name, [mean, writer.Constant($"{name}.scale", tensor([(float)(pool.Kernel[0] * pool.Kernel[1]) / divisor]))]);
    }

    /// <summary>One of the two poolings that ONNX has, or products from both sides where windows differ.</summary>
    public static void Adaptive(GraphWriter writer, string name, string[] inputs, AdaptiveAveragePoolNode node)
    {
        if (node.Shape is [_, 1, 1])
        {
            writer.Add("GlobalAveragePool", name, inputs);
            return;
        }

        if (node.Uniform is { } uniform)
        {
            Average(writer, name, inputs, (AveragePoolDescription)uniform.Description);
            return;
        }

        var rows = writer.Constant($"{name}.rows", Means(node.Input.Shape[1], node.Shape[1]));
        var columns = writer.Constant($"{name}.columns", Means(node.Input.Shape[2], node.Shape[2]).t());
        var halfway = writer.Add("MatMul", writer.Free($"{name}/columns"), [inputs[0], columns]);
        writer.Add("MatMul", name, [rows, halfway]);
    }

    // Output i is the mean of the values from ⌊i·n / m⌋ to ⌈(i + 1)·n / m⌉ − 1.
    private static Tensor Means(long values, long outputs)
    {
        var means = new float[outputs * values];
        for (var output = 0L; output < outputs; output++)
        {
            long start = output * values / outputs, end = (((output + 1) * values) + outputs - 1) / outputs;
            for (var value = start; value < end; value++)
                means[(output * values) + value] = 1f / (end - start);
        }

        return tensor(means, [outputs, values]);
    }

    private static Wire.MessageWriter[] Window(IReadOnlyList<long> kernel, IReadOnlyList<long> stride, IReadOnlyList<long> padding) =>
    [
        AttributeWriter.Integers("kernel_shape", kernel),
        AttributeWriter.Integers("strides", stride),
        AttributeWriter.Integers("pads", [.. padding, .. padding]),
    ];
}
