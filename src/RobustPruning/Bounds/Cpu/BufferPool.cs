using System.Runtime.InteropServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Memory outside the garbage collector's, handed out again and again: what boxes after the first need is there already. For one thread at
/// a time. It holds no more than a quarter above the most that was in use at once.
/// </summary>
internal sealed unsafe class BufferPool
{
    /// <summary>Kernels read and write whole vectors: so many bytes behind each buffer's end are its own, too.</summary>
    public const int Slack = 128;

    private const long Alignment = 64;
    private const long SmallChange = 1 << 22;

    private readonly List<Buffer> _free = [];
    private long _inUse, _spare, _most;

    ~BufferPool() => _free.ForEach(buffer => NativeMemory.AlignedFree(buffer.Address));

    /// <summary>Memory for so many numbers, with whatever is in it.</summary>
    public Buffer Rent<T>(long count)
        where T : unmanaged
    {
        var bytes = (count * sizeof(T)) + Slack;
        var fitting = _free.Where(buffer => buffer.Bytes >= bytes && buffer.Bytes <= (2 * bytes) + (1 << 16)).MinBy(buffer => buffer.Bytes);
        if (fitting is null)
            return Allocate(bytes);
        _free.Remove(fitting);
        (_spare, _inUse) = (_spare - fitting.Bytes, _inUse + fitting.Bytes);
        fitting.Revive();
        return fitting;
    }

    /// <summary>Memory for so many zeros.</summary>
    public Buffer RentZeros<T>(long count)
        where T : unmanaged
    {
        var buffer = Rent<T>(count);
        NativeMemory.Clear(buffer.Address, (nuint)(count * sizeof(T)));
        return buffer;
    }

    private Buffer Allocate(long bytes)
    {
        // Steps of an eighth: buffers of nearly the same size serve each other.
        var step = Math.Max(Alignment, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bytes) / 16);
        bytes = (bytes + step - 1) / step * step;
        _most = Math.Max(_most, _inUse + bytes);
        while (_free.Count > 0 && _inUse + _spare + bytes > (_most * 5 / 4) + SmallChange)
        {
            var largest = _free.MaxBy(buffer => buffer.Bytes)!;
            _free.Remove(largest);
            _spare -= largest.Bytes;
            NativeMemory.AlignedFree(largest.Address);
        }

        _inUse += bytes;
        return new Buffer(this, NativeMemory.AlignedAlloc((nuint)bytes, (nuint)Alignment), bytes);
    }

    private void TakeBack(Buffer buffer)
    {
        _free.Add(buffer);
        (_inUse, _spare) = (_inUse - buffer.Bytes, _spare + buffer.Bytes);
    }

    /// <summary>Memory that several values may share; it goes back to the pool with the last of them.</summary>
    internal sealed class Buffer(BufferPool pool, void* address, long bytes)
    {
        private int _owners = 1;

        public void* Address => address;

        public long Bytes => bytes;

        public double* Doubles => (double*)address;

        public T* As<T>()
            where T : unmanaged => (T*)address;

        /// <summary>The same memory for one more owner.</summary>
        public Buffer Share()
        {
            _owners++;
            return this;
        }

        /// <summary>One owner needs it no more.</summary>
        public void Release()
        {
            if (--_owners == 0)
                pool.TakeBack(this);
        }

        public void Revive() => _owners = 1;
    }
}
