using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The C interface of native/shim.cpp.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "torchshim";

    [LibraryImport(Library)] private static partial nint ts_last_error();
    [LibraryImport(Library)] internal static partial nint ts_version();

    [LibraryImport(Library)] internal static partial void ts_free(nint tensor);
    [LibraryImport(Library)] internal static partial nint ts_alias(nint tensor);

    [LibraryImport(Library)] internal static partial int ts_from_data(void* data, long* sizes, int dims, int dtype, out nint tensor);
    [LibraryImport(Library)] internal static partial int ts_dims(nint tensor);
    [LibraryImport(Library)] internal static partial long ts_numel(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_dtype(nint tensor);
    [LibraryImport(Library)] internal static partial long ts_element_size(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_device(nint tensor, out int index);
    [LibraryImport(Library)] internal static partial int ts_sizes(nint tensor, long* sizes);
    [LibraryImport(Library)] internal static partial int ts_strides(nint tensor, long* strides);
    [LibraryImport(Library)] internal static partial int ts_storage_offset(nint tensor, out long offset);
    [LibraryImport(Library)] internal static partial int ts_is_contiguous(nint tensor, out int yes);
    [LibraryImport(Library)] internal static partial int ts_data(nint tensor, out nint data);
    [LibraryImport(Library)] internal static partial int ts_item(
        nint tensor, out int kind, out long integer, out double real, out double imag);

    [LibraryImport(Library)] internal static partial int ts_requires_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_set_requires_grad(nint tensor, int on);
    [LibraryImport(Library)] internal static partial int ts_is_leaf(nint tensor, out int yes);
    [LibraryImport(Library)] internal static partial int ts_retain_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int ts_grad(nint tensor, out nint grad);
    [LibraryImport(Library)] internal static partial int ts_set_grad(nint tensor, nint grad);
    [LibraryImport(Library)]
    internal static partial int ts_backward(nint* tensors, int count, nint* grads, int gradCount, int retain, int create,
        nint* inputs, int inputCount);
    [LibraryImport(Library)]
    internal static partial int ts_autograd_grad(nint* outputs, int count, nint* inputs, int inputCount, nint* grads, int gradCount,
        int retain, int create, int allowUnused, nint* results);
    [LibraryImport(Library)] internal static partial int ts_grad_mode();
    [LibraryImport(Library)] internal static partial void ts_set_grad_mode(int on);
    [LibraryImport(Library)] internal static partial int ts_inference_mode();
    [LibraryImport(Library)] internal static partial int ts_inference_enter(int on, out nint mode);
    [LibraryImport(Library)] internal static partial void ts_inference_exit(nint mode);

    [LibraryImport(Library)] internal static partial int ts_get_num_threads();
    [LibraryImport(Library)] internal static partial int ts_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int ts_get_num_interop_threads();
    [LibraryImport(Library)] internal static partial int ts_set_num_interop_threads(int count);
    [LibraryImport(Library)] internal static partial int ts_default_dtype();
    [LibraryImport(Library)] internal static partial int ts_set_default_dtype(int dtype);
    [LibraryImport(Library)] internal static partial int ts_cuda_device_count();
    [LibraryImport(Library)] internal static partial int ts_cuda_is_available();
    [LibraryImport(Library)] internal static partial int ts_cuda_cudnn_is_available();
    [LibraryImport(Library)] internal static partial int ts_cuda_manual_seed(ulong seed, int all);
    [LibraryImport(Library)] internal static partial int ts_cuda_synchronize(long index);

    [LibraryImport(Library)] internal static partial int ts_manual_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int ts_generator_default(int deviceType, int deviceIndex, out nint generator);
    [LibraryImport(Library)] internal static partial int ts_generator_new(ulong seed, int deviceType, int deviceIndex, out nint generator);
    [LibraryImport(Library)] internal static partial void ts_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int ts_generator_manual_seed(nint generator, ulong seed);
    [LibraryImport(Library)] internal static partial int ts_generator_seed(nint generator, out ulong seed);
    [LibraryImport(Library)] internal static partial int ts_generator_initial_seed(nint generator, out ulong seed);
    [LibraryImport(Library)] internal static partial int ts_generator_get_state(nint generator, out nint state);
    [LibraryImport(Library)] internal static partial int ts_generator_set_state(nint generator, nint state);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_find(string name, string overload, out nint op);
    [LibraryImport(Library)] internal static partial int ts_call(
        nint op, NativeValue* args, int count, NativeValue* results, ref int resultCount);
    [LibraryImport(Library)] internal static partial void ts_free_list(nint list);

    /// <summary>Turns a failed call into the exception that genuine TorchSharp throws.</summary>
    internal static void Check(int status)
    {
        if (status != 0) Throw();
    }

    private static void Throw()
    {
        var message = Marshal.PtrToStringUTF8(ts_last_error());
        throw new ExternalException(message is null ? "libtorch failed without a message" : message.TrimEnd());
    }
}

/// <summary>One argument or result of an operator, as native/shim.cpp lays it out.</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct NativeValue
{
    [FieldOffset(0)] internal ArgumentKind Kind;
    [FieldOffset(4)] internal int Length;
    [FieldOffset(8)] internal long Integer;
    [FieldOffset(8)] internal double Real;
    [FieldOffset(8)] internal nint Pointer;
}
