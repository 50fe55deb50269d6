using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// A transposed convolution over one to three axes: zeros go between the values and around them, and an ordinary convolution with the
/// kernel turned round follows.
/// </summary>
internal sealed class ConvTranspose : IOperator
{
    public string Name => nameof(ConvTranspose);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var map = new FeatureMap(call);
        var (weight, groups, rank) = (call.Constant(1), call.Integer("group", 1), map.Sizes.Length);
        if (weight.Shape.Count != rank + 2 || weight.Shape[0] != map.Channels || groups < 1 || map.Channels % groups != 0)
            throw call.Refuse(
                $"its weights [{string.Join(", ", weight.Shape)}] in {groups} groups do not fit a map of {map.Channels} channels and "
                + $"{rank} sizes.");
        long[] kernel = [.. weight.Shape.Skip(2)];
        if (call.Integers("kernel_shape") is { Length: > 0 } stated && !stated.SequenceEqual(kernel))
            throw call.Refuse($"its kernel_shape [{string.Join(", ", stated)}] is not that of its weights, [{string.Join(", ", kernel)}].");
        var convolution = new Convolution(Turned(call, weight, groups), call.Has(2) ? call.Constant(2) : null, groups);
        convolution.Require(call, map.Channels, rank);
        var axes = Axes(call, map.Sizes, kernel);
        var places = Places.Of([map.Channels, .. map.Sizes], call.Network.Limits);
        for (var axis = 0; axis < rank; axis++)
            places = places.Select(axis + 1, axes[axis].Spread(call.Network.Limits));
        var spread = call.Network.Rearrangement($"{call.Name}/spread", map.Node, places);
        return [convolution.Lower(call, map.With(spread, [.. places.Shape.Skip(1)]), [.. axes.Select(axis => axis.Window)])];
    }

    /// <summary>Weights <c>[C, C' / groups, ...]</c> as an ordinary convolution's, <c>[C', C / groups, ...]</c> and turned round.</summary>
    private static ComputedConstant Turned(OperatorCall call, ConstantValue weight, long groups)
    {
        call.Network.Limits.Spend(weight.Count);
        long[] kernel = [.. weight.Shape.Skip(2)];
        long inputs = weight.Shape[0] / groups, outputs = weight.Shape[1];
        var swapped = weight
            .Floats()
            .reshape([groups, inputs, outputs, .. kernel])
            .transpose(1, 2)
            .reshape([groups * outputs, inputs, .. kernel]);
        return new ComputedConstant(swapped.flip([.. Enumerable.Range(2, kernel.Length)]).contiguous());
    }

    private static SpreadAxis[] Axes(OperatorCall call, long[] sizes, long[] kernel)
    {
        var rank = sizes.Length;
        var stride = WindowAttributes.List(call, "strides", rank, 1);
        var dilation = WindowAttributes.List(call, "dilations", rank, 1);
        var pads = WindowAttributes.List(call, "pads", 2 * rank, 0);
        var added = WindowAttributes.List(call, "output_padding", rank, 0);
        var mode = call.Text("auto_pad", "NOTSET");
        if (mode is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"))
            throw call.Refuse($"its auto_pad '{mode}' is not supported.");
        var outputs = call.Integers("output_shape") is { Length: > 0 } ? WindowAttributes.List(call, "output_shape", rank, 1) : null;
        if (outputs is null && mode.StartsWith("SAME", StringComparison.Ordinal))
            outputs = [.. sizes.Select((size, axis) => size * stride[axis])];
        return [.. Enumerable.Range(0, rank).Select(axis =>
        {
            var (begin, end) = mode == "VALID" ? (0, 0) : (pads[axis], pads[axis + rank]);
            var whole = (stride[axis] * (sizes[axis] - 1)) + added[axis] + ((kernel[axis] - 1) * dilation[axis]) + 1;
            if (outputs is not null)
            {
                var surplus = Math.Max(0, whole - outputs[axis]);
                begin = mode == "SAME_UPPER" ? surplus / 2 : surplus - (surplus / 2);
                end = whole - outputs[axis] - begin;
            }

            return new SpreadAxis(sizes[axis], kernel[axis], stride[axis], begin, dilation[axis], whole - begin - end);
        })];
    }

    /// <summary>
    /// One axis: output o is the sum over taps t of weight t times the value at (o + begin − t · dilation) / stride, where there is one.
    /// </summary>
    private sealed record SpreadAxis(long Size, long Kernel, long Stride, long Begin, long Dilation, long Outputs)
    {
        private long Reach => (Kernel - 1) * Dilation;

        /// <summary>The window that slides over the spread values.</summary>
        public WindowAxis Window => new(Outputs + Reach, Kernel, 1, 0, 0, Dilation, Outputs);

        /// <summary>The values with zeros between and around.</summary>
        public long[] Spread(Limits limits)
        {
            if (Outputs < 1)
                throw new OnnxException("nothing of its output is left.");
            var places = new long[limits.Spend(Outputs + Reach)];
            for (var index = 0L; index < places.Length; index++)
            {
                var place = index - Reach + Begin;
                places[index] = place >= 0 && place % Stride == 0 && place / Stride < Size ? place / Stride : Places.Zero;
            }

            return places;
        }
    }
}
