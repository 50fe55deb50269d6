namespace TorchSharp;

public static partial class torch
{
    public static class cuda
    {
        public static bool is_available() => NativeMethods.ts_cuda_is_available() != 0;

        public static bool is_cudnn_available() => NativeMethods.ts_cuda_cudnn_is_available() != 0;

        public static int device_count() => NativeMethods.ts_cuda_device_count();

        public static void manual_seed(long seed) => NativeMethods.Check(NativeMethods.ts_cuda_manual_seed(unchecked((ulong)seed), 0));

        public static void manual_seed_all(long seed) => NativeMethods.Check(NativeMethods.ts_cuda_manual_seed(unchecked((ulong)seed), 1));

        public static void synchronize(Device device = null) => NativeMethods.Check(NativeMethods.ts_cuda_synchronize(device?.index ?? -1));
    }

    public static bool cuda_is_available() => cuda.is_available();
}
