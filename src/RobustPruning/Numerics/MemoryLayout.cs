using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>
/// Tensors as float32 convolutions of libtorch 2.10 need them. Where a dimension has one value, such as the channel of a grey image whose channels came
/// last in memory, strides can fit both memory orders, and libtorch's oneDNN path then gives wrong numbers for some kernels.
/// </summary>
internal static class MemoryLayout
{
    /// <summary>The same values with row-major strides where they would fit two orders; the result may share the tensor's memory.</summary>
    public static Tensor Unambiguous(Tensor x)
    {
        if (!x.shape.Skip(1).Contains(1))
            return x;
        var shape = x.shape;
        return x.contiguous().reshape(-1).reshape(shape);
    }
}
