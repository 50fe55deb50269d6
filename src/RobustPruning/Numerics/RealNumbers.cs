using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>The tensors that the library works on.</summary>
internal static class RealNumbers
{
    /// <summary>
    /// Refuses tensors of whole, complex or truth values, and tensors without memory: libtorch would, later and less clearly.
    /// </summary>
    /// <exception cref="ArgumentException">The tensor is no such thing; the message says what it is.</exception>
    public static void Require(Tensor values, string what, string parameter)
    {
        if (!values.is_floating_point())
        {
            throw new ArgumentException(
                $"{what} in floating point are needed, but these are "
                + $"{values.dtype}{(values.dtype == uint8 ? "; bytes become numbers in [0, 1] with .to(float32) / 255" : string.Empty)}.",
                parameter);
        }

        if (values.device_type == DeviceType.META)
            throw new ArgumentException($"{what} are needed, but these are on the device 'meta', which holds none.", parameter);
    }
}
