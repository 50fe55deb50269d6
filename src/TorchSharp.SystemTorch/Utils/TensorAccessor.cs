using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Reads and writes the elements of a tensor on the CPU, in row-major order whatever its strides are.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;
    private readonly T* data;
    private torch.Tensor tensor;

    internal TensorAccessor(torch.Tensor tensor)
    {
        NativeMethods.Check(NativeMethods.ts_data(tensor.Handle, out var pointer));
        data = (T*)pointer;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
        this.tensor = tensor;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    public T this[params long[] indices]
    {
        get
        {
            var value = Data[Offset(indices)];
            GC.KeepAlive(this);
            return value;
        }
        set
        {
            if (indices.Length != shape.Length) throw new IndexOutOfRangeException();
            Data[Offset(indices)] = value;
            GC.KeepAlive(this);
        }
    }

    public T[] ToArray()
    {
        // As in TorchSharp, whose own walk starts behind the end of these.
        if (Count == 0 && shape.Length > 1) throw new ArgumentOutOfRangeException("startingIndex");
        return Elements();
    }

    private T[] Elements()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    /// <summary>An array with as many dimensions as the tensor.</summary>
    public Array ToNDArray()
    {
        if (shape.Length == 0) return ToArray();
        var result = Array.CreateInstance(typeof(T), shape);
        var flat = Elements();
        var index = new long[shape.Length];
        foreach (var value in flat)
        {
            result.SetValue(value, index);
            for (var d = shape.Length - 1; d >= 0 && ++index[d] == shape[d]; d--) index[d] = 0;
        }
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements from the tensor, starting at one of them, until the tensor or the array ends.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        var count = CopyCount(target.Length, tensorIndex);
        if (contiguous)
        {
            new ReadOnlySpan<T>(Data + tensorIndex, count).CopyTo(target);
        }
        else
        {
            var walk = new Walk(shape, strides, tensorIndex);
            for (var k = 0; k < count; k++, walk.Next()) target[k] = Data[walk.Offset];
        }
        GC.KeepAlive(this);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    /// <summary>Copies elements into the tensor, starting at one of them, until the tensor or the array ends.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        var count = CopyCount(source.Length, tensorIndex);
        if (contiguous)
        {
            source[..count].CopyTo(new Span<T>(Data + tensorIndex, count));
        }
        else
        {
            var walk = new Walk(shape, strides, tensorIndex);
            for (var k = 0; k < count; k++, walk.Next()) Data[walk.Offset] = source[k];
        }
        GC.KeepAlive(this);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)Elements()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right)
        => left is null ? right is null : left.Equals(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    /// <summary>Whether both hold the same elements in the same order.</summary>
    public override bool Equals(object obj)
        => obj is TensorAccessor<T> other && (ReferenceEquals(this, other) || Elements().AsSpan().SequenceEqual(other.Elements()));

    public override int GetHashCode() => HashCode.Combine(typeof(T), Count);

    public void Dispose()
    {
        tensor = null;
    }

    // The memory is gone once the tensor is disposed: asking for its handle throws then.
    private T* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(tensor is null, this);
            _ = tensor.Handle;
            return data;
        }
    }

    private int CopyCount(int room, long tensorIndex)
    {
        if (tensorIndex < 0 || tensorIndex > Count) throw new ArgumentOutOfRangeException(nameof(tensorIndex));
        return (int)Math.Min(room, Count - tensorIndex);
    }

    private long Offset(long[] indices)
    {
        // One index into a tensor of more dimensions counts elements in row-major order.
        if (indices.Length == 1 && shape.Length != 1)
        {
            if (indices[0] < 0 || indices[0] >= Count) throw new IndexOutOfRangeException();
            return contiguous ? indices[0] : new Walk(shape, strides, indices[0]).Offset;
        }
        if (indices.Length != shape.Length) throw new IndexOutOfRangeException($"The tensor takes {shape.Length} indices, not {indices.Length}.");
        long offset = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= shape[d]) throw new IndexOutOfRangeException();
            offset += indices[d] * strides[d];
        }
        return offset;
    }

    /// <summary>Goes through the offsets of a strided tensor in row-major order.</summary>
    private ref struct Walk
    {
        private readonly long[] shape;
        private readonly long[] strides;
        private readonly long[] index;

        internal Walk(long[] shape, long[] strides, long start)
        {
            this.shape = shape;
            this.strides = strides;
            index = new long[shape.Length];
            Offset = 0;
            for (var d = shape.Length - 1; d >= 0 && start > 0; d--)
            {
                index[d] = start % shape[d];
                start /= shape[d];
                Offset += index[d] * strides[d];
            }
        }

        internal long Offset { get; private set; }

        internal void Next()
        {
            for (var d = shape.Length - 1; d >= 0; d--)
            {
                Offset += strides[d];
                if (++index[d] < shape[d]) return;
                Offset -= index[d] * strides[d];
                index[d] = 0;
            }
        }
    }
}
