using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of libtorch.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(NativeMethods.ts_version());

    public static int get_num_threads() => NativeMethods.ts_get_num_threads();

    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.ts_set_num_threads(num));

    public static int get_num_interop_threads() => NativeMethods.ts_get_num_interop_threads();

    public static void set_num_interop_threads(int num) => NativeMethods.Check(NativeMethods.ts_set_num_interop_threads(num));
}
