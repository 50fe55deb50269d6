using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>Chooses the kernels for a tensor. Thread-safe.</summary>
internal static class BoundKernels
{
    private static volatile IBoundKernels? _override;

    /// <summary>The libtorch kernels: any device and type, and the reference for all others.</summary>
    public static IBoundKernels Libtorch { get; } = new LibtorchKernels();

    /// <summary>The SIMD kernels: 32-bit and 64-bit numbers on the CPU, without gradients.</summary>
    public static IBoundKernels Cpu { get; } = new CpuKernels();

    /// <summary>Kernels to use whatever the tensor is, in the whole process, or null to choose by the tensor. Default null.</summary>
    public static IBoundKernels? Override
    {
        get => _override;
        set => _override = value;
    }

    /// <summary>The kernels for a tensor: the override if there is one, SIMD for 32-bit and 64-bit numbers on the CPU, else libtorch.</summary>
    public static IBoundKernels For(Tensor tensor) => Override ?? (IsForCpu(tensor) ? Cpu : Libtorch);

    private static bool IsForCpu(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.Float64 && !(tensor.requires_grad && is_grad_enabled());
}
