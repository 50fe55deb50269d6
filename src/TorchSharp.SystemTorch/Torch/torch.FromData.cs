using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An array of any number of dimensions, copied.</summary>
    public static Tensor from_array(Array rawArray, Device device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(
        Array rawArray, ScalarType? dtype, Device device = null, bool requires_grad = false, string[] names = null)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        return Type.GetTypeCode(rawArray.GetType().GetElementType()) switch
        {
            TypeCode.Byte => FromArray<byte>(rawArray, ScalarType.Byte, dtype, device, requires_grad, names),
            TypeCode.SByte => FromArray<sbyte>(rawArray, ScalarType.Int8, dtype, device, requires_grad, names),
            TypeCode.Int16 => FromArray<short>(rawArray, ScalarType.Int16, dtype, device, requires_grad, names),
            TypeCode.Int32 => FromArray<int>(rawArray, ScalarType.Int32, dtype, device, requires_grad, names),
            TypeCode.Int64 => FromArray<long>(rawArray, ScalarType.Int64, dtype, device, requires_grad, names),
            TypeCode.Single => FromArray<float>(rawArray, ScalarType.Float32, dtype, device, requires_grad, names),
            TypeCode.Double => FromArray<double>(rawArray, ScalarType.Float64, dtype, device, requires_grad, names),
            TypeCode.Boolean => FromArray<bool>(rawArray, ScalarType.Bool, dtype, device, requires_grad, names),
            _ => throw new NotSupportedException($"There are no tensors of {rawArray.GetType().GetElementType().Name}."),
        };
    }

    // Arrays of several dimensions lie in memory row by row, as tensors do.
    private static Tensor FromArray<T>(Array array, ScalarType own, ScalarType? dtype, Device device, bool requires_grad, string[] names)
        where T : unmanaged
    {
        var shape = new long[array.Rank];
        for (var d = 0; d < shape.Length; d++) shape[d] = array.GetLongLength(d);
        var data = MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);
        return FromData(data, own, shape, dtype, device, requires_grad, names);
    }

    private static unsafe Tensor FromData<T>(
        ReadOnlySpan<T> data, ScalarType own, ReadOnlySpan<long> shape, ScalarType? dtype, Device device, bool requires_grad,
        string[] names = null) where T : unmanaged
    {
        var count = 1L;
        foreach (var size in shape) count *= size;
        if (count != data.Length)
        {
            throw new ArgumentException($"{data.Length} elements do not fill the shape [{string.Join(", ", shape.ToArray())}].");
        }
        nint handle;
        fixed (T* p = data)
        fixed (long* s = shape)
        {
            NativeMethods.Check(NativeMethods.ts_from_data(p, s, shape.Length, (int)own, out handle));
        }
        var result = Tensor.Wrap(handle);
        if ((dtype ?? own) != own || device is { type: not DeviceType.CPU })
        {
            result = result.to(dtype ?? own, device ?? CPU, disposeAfter: true);
        }
        return Made(result, requires_grad, names);
    }
}
