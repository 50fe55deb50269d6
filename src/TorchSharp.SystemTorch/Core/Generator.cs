namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers.</summary>
    public class Generator : IDisposable
    {
        private nint handle;

        public Generator(ulong seed = 0, Device device = null)
        {
            this.device = device ?? CPU;
            NativeMethods.Check(NativeMethods.ts_generator_new(seed, (int)this.device.type, this.device.index, out handle));
        }

        private Generator(Device device)
        {
            this.device = device;
            NativeMethods.Check(NativeMethods.ts_generator_default((int)device.type, device.index, out handle));
        }

        ~Generator() => Dispose(false);

        /// <summary>The one that operators use when none is named.</summary>
        public static Generator Default { get; } = new(CPU);

        public Device device { get; }

        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Generator));

        public Generator manual_seed(long seed)
        {
            NativeMethods.Check(NativeMethods.ts_generator_manual_seed(Handle, unchecked((ulong)seed)));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds from the system's entropy.</summary>
        public long seed()
        {
            NativeMethods.Check(NativeMethods.ts_generator_seed(Handle, out var seed));
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        public long initial_seed()
        {
            NativeMethods.Check(NativeMethods.ts_generator_initial_seed(Handle, out var seed));
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        public Tensor get_state()
        {
            NativeMethods.Check(NativeMethods.ts_generator_get_state(Handle, out var state));
            GC.KeepAlive(this);
            return Tensor.Wrap(state);
        }

        public void set_state(Tensor value)
        {
            ArgumentNullException.ThrowIfNull(value);
            NativeMethods.Check(NativeMethods.ts_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var freed = Interlocked.Exchange(ref handle, 0);
            if (freed != 0) NativeMethods.ts_generator_free(freed);
        }
    }
}
