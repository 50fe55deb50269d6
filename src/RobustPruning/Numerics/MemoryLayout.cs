using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>
/// Strides that convolutions of libtorch 2.10 read correctly. Where a dimension has one value, strides may fit two memory orders: so do
/// those of a grey image whose channel came last. For some kernels the float32 convolution then gives wrong numbers.
/// </summary>
internal static class MemoryLayout
{
    /// <summary>The same values; row-major if a dimension but the first has one value. The result may share the tensor's memory.</summary>
    public static Tensor Unambiguous(Tensor x) =>
        x.shape.Skip(1).Contains(1) ? x.contiguous().reshape(-1).reshape(x.shape) : x;
}
