namespace TorchSharp;

public static partial class torch
{
    /// <summary>No gradients are recorded on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_grad_enabled() => NativeMethods.ts_grad_mode() != 0;

    public static bool is_inference_mode_enabled() => NativeMethods.ts_inference_mode() != 0;

    private sealed class GradMode : IDisposable
    {
        private readonly bool before = is_grad_enabled();
        private bool ended;

        internal GradMode(bool on) => NativeMethods.ts_set_grad_mode(on ? 1 : 0);

        public void Dispose()
        {
            if (ended) return;
            ended = true;
            NativeMethods.ts_set_grad_mode(before ? 1 : 0);
        }
    }

    private sealed class InferenceMode : IDisposable
    {
        private nint guard;

        internal InferenceMode(bool on) => NativeMethods.Check(NativeMethods.ts_inference_enter(on ? 1 : 0, out guard));

        public void Dispose()
        {
            var ended = Interlocked.Exchange(ref guard, 0);
            if (ended != 0) NativeMethods.ts_inference_exit(ended);
        }
    }
}
