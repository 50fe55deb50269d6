using System.Numerics;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The elements in memory, for reading and writing; the type has to be the tensor's.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            ElementType.Require<T>(dtype);
            return new Utils.TensorAccessor<T>(this);
        }

        /// <summary>The only element; the type has to be the tensor's.</summary>
        public T item<T>() where T : unmanaged
        {
            ElementType.Require<T>(dtype);
            if (NumberOfElements != 1)
            {
                throw new ArgumentException($"Only a tensor of one element is an item; this has {NumberOfElements}.");
            }
            return (T)ElementType.Convert(typeof(T), this.ToScalar());
        }

        /// <summary>The memory of a contiguous tensor on the CPU.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_contiguous()) throw new InvalidOperationException("Only the bytes of a contiguous tensor can be had.");
                NativeMethods.Check(NativeMethods.ts_data(Handle, out var data));
                return new Span<byte>((void*)data, checked((int)(NumberOfElements * ElementSize)));
            }
            set
            {
                var target = bytes;
                if (value.Length != target.Length)
                {
                    throw new ArgumentException($"The tensor holds {target.Length} bytes, not {value.Length}.");
                }
                value.CopyTo(target);
                GC.KeepAlive(this);
            }
        }

        public Scalar ToScalar()
        {
            NativeMethods.Check(NativeMethods.ts_item(Handle, out var kind, out var integer, out var real, out var imag));
            GC.KeepAlive(this);
            return kind switch
            {
                0 => integer,
                1 => real,
                2 => integer != 0,
                _ => new Complex(real, imag),
            };
        }
    }
}
