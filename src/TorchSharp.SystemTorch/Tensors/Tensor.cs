namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A handle on a tensor of libtorch. In-place operations give back the very object they were called on.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long liveCount;
        private static long peakCount;

        private nint handle;

        /// <summary>Takes over a handle; the innermost dispose scope of this thread owns the result.</summary>
        internal Tensor(nint handle)
        {
            this.handle = handle;
            Count();
            DisposeScopeManager.Current?.AddNew(this);
        }

        // Invalid from the start, as if disposed: nothing counts or owns it.
        private Tensor()
        {
        }

        /// <summary>A second handle on the same tensor, which no dispose scope owns: for parameters.</summary>
        internal Tensor(Tensor shared)
        {
            ArgumentNullException.ThrowIfNull(shared);
            handle = NativeMethods.ts_alias(shared.Handle);
            GC.KeepAlive(shared);
            Count();
        }

        ~Tensor() => Dispose(false);

        /// <summary>How many tensors are alive, that is neither disposed nor finalized.</summary>
        public static long TotalCount => Interlocked.Read(ref liveCount);

        public static long PeakCount => Interlocked.Read(ref peakCount);

        /// <summary>The native handle, with an exception when there is none any more.</summary>
        public nint Handle
        {
            get
            {
                var value = handle;
                return value != 0 ? value : throw new InvalidOperationException("Tensor invalid -- empty handle.");
            }
        }

        public bool IsInvalid => handle == 0;

        public string name { get; set; }

        internal DisposeScope OwningDisposeScope { get; set; }

        /// <summary>A tensor for an owned handle; null for an undefined one.</summary>
        internal static Tensor Wrap(nint handle) => handle == 0 ? null : new Tensor(handle);

        /// <summary>A tensor for an owned handle; one without a handle for an undefined one.</summary>
        internal static Tensor WrapOrInvalid(nint handle) => handle == 0 ? new Tensor() : new Tensor(handle);

        public void Dispose()
        {
            OwningDisposeScope?.MarkAsDisposed(this);
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var freed = Interlocked.Exchange(ref handle, 0);
            if (freed == 0) return;
            Interlocked.Decrement(ref liveCount);
            NativeMethods.ts_free(freed);
        }

        /// <summary>Hands this tensor to the scope around the one that owns it; without such a scope it is detached.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            if (other is null) return DetachFromDisposeScope();
            other.Attach(this);
            return this;
        }

        /// <summary>Takes this tensor out of its dispose scope: whoever asks has to dispose it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        private void Count()
        {
            var live = Interlocked.Increment(ref liveCount);
            var peak = Interlocked.Read(ref peakCount);
            while (live > peak && Interlocked.CompareExchange(ref peakCount, live, peak) is var seen && seen != peak) peak = seen;
        }

        // Short names for what nearly every member below does.
        private static Tensor Aten(string op, params ReadOnlySpan<Argument> args) => Operator.Aten(op).Call(args);

        // An operator that changes this tensor, which comes first among the arguments.
        private Tensor AtenInPlace(string op, params ReadOnlySpan<Argument> args)
        {
            Operator.Aten(op).CallInPlace(args);
            return this;
        }

        private static Tensor[] AtenMany(string op, params ReadOnlySpan<Argument> args) => Operator.Aten(op).CallMany(args);

        private static (Tensor, Tensor) AtenPair(string op, params ReadOnlySpan<Argument> args)
        {
            var results = Operator.Aten(op).CallMany(args);
            return (results[0], results[1]);
        }
    }
}
