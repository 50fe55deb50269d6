using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>The greatest value of each window over one to three axes; padding never wins.</summary>
internal sealed class MaxPool : IOperator
{
    public string Name => nameof(MaxPool);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        call.Ignore("storage_order");
        return [new MaxPooling(call).Lower()];
    }

    private sealed class MaxPooling(OperatorCall call) : Pooling(call)
    {
        protected override bool IsPlain(WindowAxis axis) => axis.IsSymmetric && axis.Begin <= axis.Kernel / 2;

        protected override GraphNode Pool(string name, GraphNode input, WindowAxis height, WindowAxis width) =>
            Call.Network.MaxPool(
                name,
                input,
                nn.MaxPool2d(
                    (height.Kernel, width.Kernel), (height.Stride, width.Stride), (height.Begin, width.Begin),
                    (height.Dilation, width.Dilation)));

        protected override GraphNode PoolWritten(string name, GraphNode windows, WindowAxis height, WindowAxis width) =>
            Call.Network.MaxPool(name, windows, nn.MaxPool2d((height.Kernel, width.Kernel)));

        // A place outside is replaced by one of the same window, which changes no maximum.
        protected override long[] Written(WindowAxis axis)
        {
            var places = axis.AllPlaces(Call.Network.Limits);
            foreach (var window in places.Chunk((int)axis.Kernel).Index())
            {
                var inside = window.Item.FirstOrDefault(place => place != Places.Zero, Places.Zero);
                if (inside == Places.Zero)
                    throw Call.Refuse("a window holds nothing but padding, whose maximum is -infinity.");
                for (var tap = 0; tap < axis.Kernel; tap++)
                    places[(window.Index * (int)axis.Kernel) + tap] = window.Item[tap] == Places.Zero ? inside : window.Item[tap];
            }

            return places;
        }
    }
}
