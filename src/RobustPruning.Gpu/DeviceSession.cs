using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu;

/// <summary>
/// One box at a time on a device: a stream of kernels, one after the other, and the memory that they work in, handed out again and again.
/// It holds no more than a quarter above the most that was in use at once. For one thread at a time.
/// </summary>
internal sealed class DeviceSession(Accelerator accelerator, KernelCache kernels, DeviceMemory memory) : IDisposable
{
    private const long SmallChange = 1 << 20;

    private readonly AcceleratorStream _stream = accelerator.CreateStream();
    private readonly List<DeviceArray> _free = [];
    private readonly HashSet<DeviceArray> _all = [];
    private long _inUse, _spare, _most;

    /// <summary>Numbers with whatever is in them.</summary>
    /// <exception cref="DeviceMemoryException">There is too little memory.</exception>
    public DeviceArray<T> Rent<T>(long count)
        where T : unmanaged
    {
        count = Math.Max(count, 1);
        var fitting = _free.OfType<DeviceArray<T>>()
            .Where(array => array.Capacity >= count && array.Capacity <= (2 * count) + 4096).MinBy(array => array.Capacity);
        if (fitting is null)
            return Allocate<T>(count);
        _free.Remove(fitting);
        (_spare, _inUse, fitting.Count) = (_spare - fitting.Bytes, _inUse + fitting.Bytes, count);
        fitting.Revive();
        return fitting;
    }

    /// <summary>Numbers of one value.</summary>
    public DeviceArray<double> RentFilled(long count, double value)
    {
        var array = Rent<double>(count);
        Launch(ReductionKernels.Fill, count, array.View, value);
        return array;
    }

    /// <summary>Whole numbers of one value.</summary>
    public DeviceArray<int> RentFilledInts(long count, int value)
    {
        var array = Rent<int>(count);
        Launch(ReductionKernels.FillInts, count, array.View, value);
        return array;
    }

    /// <summary>Numbers from the CPU; at least one, for views must not be empty.</summary>
    public DeviceArray<T> Upload<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        var array = Rent<T>(numbers.Length);
        Write(array, numbers);
        return array;
    }

    /// <summary>Writes numbers from the CPU.</summary>
    public void Write<T>(DeviceArray<T> array, ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        if (numbers.Length > 0)
            array.View.SubView(0, numbers.Length).CopyFromCPU(_stream, numbers);
        _stream.Synchronize();
    }

    /// <summary>Reads numbers back, when all before is done.</summary>
    public T[] Download<T>(ArrayView<T> view)
        where T : unmanaged
    {
        var numbers = new T[view.Length];
        view.CopyToCPU(_stream, new Span<T>(numbers));
        _stream.Synchronize();
        return numbers;
    }

    /// <summary>Copies numbers on the device.</summary>
    public void Copy<T>(DeviceArray<T> from, DeviceArray<T> to)
        where T : unmanaged => from.View.CopyTo(_stream, to.View);

    /// <summary>Waits until all kernels are done.</summary>
    public void Finish() => _stream.Synchronize();

    public void Launch<T1>(Action<Index1D, Work, T1> kernel, long count, T1 a)
        where T1 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a);
    }

    public void Launch<T1, T2>(Action<Index1D, Work, T1, T2> kernel, long count, T1 a, T2 b)
        where T1 : struct
        where T2 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a, b);
    }

    public void Launch<T1, T2, T3>(Action<Index1D, Work, T1, T2, T3> kernel, long count, T1 a, T2 b, T3 c)
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a, b, c);
    }

    public void Launch<T1, T2, T3, T4>(Action<Index1D, Work, T1, T2, T3, T4> kernel, long count, T1 a, T2 b, T3 c, T4 d)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a, b, c, d);
    }

    public void Launch<T1, T2, T3, T4, T5>(Action<Index1D, Work, T1, T2, T3, T4, T5> kernel, long count, T1 a, T2 b, T3 c, T4 d, T5 e)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a, b, c, d, e);
    }

    public void Launch<T1, T2, T3, T4, T5, T6>(Action<Index1D, Work, T1, T2, T3, T4, T5, T6> kernel, long count, T1 a, T2 b, T3 c, T4 d,
        T5 e, T6 f)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a, b, c, d, e, f);
    }

    public void Launch<T1, T2, T3, T4, T5, T6, T7>(Action<Index1D, Work, T1, T2, T3, T4, T5, T6, T7> kernel, long count, T1 a, T2 b, T3 c,
        T4 d, T5 e, T6 f, T7 g)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
    {
        if (Work(count, out var work))
            kernels.Of(kernel, kernel.Method, k => accelerator.LoadAutoGroupedKernel(k))(_stream, work.Lanes, work, a, b, c, d, e, f, g);
    }

    /// <summary>Frees all memory that is not in use.</summary>
    public void Trim()
    {
        foreach (var array in _free)
            Free(array);
        _free.Clear();
        (_spare, _most) = (0, _inUse);
    }

    /// <summary>
    /// Takes back what no value holds any more. Kernels on it run before those of the next one: one stream has one order.
    /// </summary>
    public void TakeBack(DeviceArray array)
    {
        _free.Add(array);
        (_inUse, _spare) = (_inUse - array.Bytes, _spare + array.Bytes);
    }

    /// <summary>Frees all memory, in use or not.</summary>
    public void Dispose()
    {
        _free.Clear();
        foreach (var array in _all.ToArray())
            Free(array);
        _stream.Dispose();
    }

    private bool Work(long count, out Work work)
    {
        work = new Work { Count = count, Lanes = (int)Math.Min(count, kernels.MostLanes) };
        return count > 0;
    }

    private DeviceArray<T> Allocate<T>(long count)
        where T : unmanaged
    {
        // Steps of an eighth: arrays of nearly the same size serve each other.
        var step = Math.Max(64, (long)BitOperations.RoundUpToPowerOf2((ulong)count) / 16);
        var capacity = (count + step - 1) / step * step;
        var bytes = capacity * Interop.SizeOf<T>();
        _most = Math.Max(_most, _inUse + bytes);
        while (_free.Count > 0 && _inUse + _spare + bytes > (_most * 5 / 4) + SmallChange)
            FreeLargest();
        while (!memory.TryTake(bytes))
        {
            if (_free.Count == 0)
                throw new DeviceMemoryException(memory.Used + bytes);
            FreeLargest();
        }

        try
        {
            var array = new DeviceArray<T>(this, accelerator.Allocate1D<T>(capacity)) { Count = count };
            _all.Add(array);
            _inUse += bytes;
            return array;
        }
        catch (Exception error) when (error is AcceleratorException or OutOfMemoryException or OverflowException)
        {
            memory.Return(bytes);
            throw new DeviceMemoryException(memory.Used + bytes, error);
        }
    }

    private void FreeLargest()
    {
        var largest = _free.MaxBy(array => array.Bytes)!;
        _free.Remove(largest);
        _spare -= largest.Bytes;
        Free(largest);
    }

    private void Free(DeviceArray array)
    {
        _stream.Synchronize();
        array.Free();
        _all.Remove(array);
        memory.Return(array.Bytes);
    }
}
