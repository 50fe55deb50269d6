using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The mean of each window over one to three axes, with or without its padding.</summary>
internal sealed class AveragePool : IOperator
{
    public string Name => nameof(AveragePool);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call) => [new AveragePooling(call, call.Integer("count_include_pad", 0) != 0).Lower()];

    private sealed class AveragePooling(OperatorCall call, bool countsPadding) : Pooling(call)
    {
        protected override bool IsPlain(WindowAxis axis) => axis.IsSymmetric && axis.Begin <= axis.Kernel / 2 && axis.Dilation == 1;

        protected override GraphNode Pool(string name, GraphNode input, WindowAxis height, WindowAxis width) =>
            Call.Network.AveragePool(
                name,
                input,
                nn.AvgPool2d(
                    (height.Kernel, width.Kernel), (height.Stride, width.Stride), (height.Begin, width.Begin),
                    count_include_pad: countsPadding));

        protected override long[] Written(WindowAxis axis) => axis.AllPlaces(Call.Network.Limits);

        // All windows are divided by their size, and then by what else they are to be divided by.
        protected override GraphNode PoolWritten(string name, GraphNode windows, WindowAxis height, WindowAxis width)
        {
            var mean = Call.Network.AveragePool($"{name}/mean", windows, nn.AvgPool2d((height.Kernel, width.Kernel)));
            var scale = Factors(height).reshape(1, -1, 1) * Factors(width).reshape(1, 1, -1);
            return Call.Network.Rescaling(name, mean, scale, zeros(1));
        }

        private Tensor Factors(WindowAxis axis)
        {
            var (from, to) = countsPadding ? (-axis.Begin, axis.Size + axis.End) : (0, axis.Size);
            var factors = new float[axis.Outputs];
            for (var output = 0L; output < axis.Outputs; output++)
            {
                var counted = 0;
                for (var tap = 0L; tap < axis.Kernel; tap++)
                    counted += axis.Place(output, tap) is var place && place >= from && place < to ? 1 : 0;
                if (counted == 0)
                    throw Call.Refuse("a window holds nothing but padding, which has no mean.");
                factors[output] = (float)axis.Kernel / counted;
            }

            return tensor(factors);
        }
    }
}
