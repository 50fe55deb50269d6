namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[ndim];
                fixed (long* p = sizes) NativeMethods.Check(NativeMethods.ts_sizes(Handle, p));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long ndim
        {
            get
            {
                var dims = NativeMethods.ts_dims(Handle);
                GC.KeepAlive(this);
                return dims;
            }
        }

        public long Dimensions => ndim;

        public long dim() => ndim;

        public long[] size() => shape;

        public long size(int dim) => AtDimension(shape, dim);

        public long NumberOfElements
        {
            get
            {
                var count = NativeMethods.ts_numel(Handle);
                GC.KeepAlive(this);
                return count;
            }
        }

        public long numel() => NumberOfElements;

        public long ElementSize
        {
            get
            {
                var size = NativeMethods.ts_element_size(Handle);
                GC.KeepAlive(this);
                return size;
            }
        }

        public long element_size() => ElementSize;

        public unsafe long[] stride()
        {
            var strides = new long[ndim];
            fixed (long* p = strides) NativeMethods.Check(NativeMethods.ts_strides(Handle, p));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => AtDimension(stride(), dim);

        public long storage_offset()
        {
            NativeMethods.Check(NativeMethods.ts_storage_offset(Handle, out var offset));
            GC.KeepAlive(this);
            return offset;
        }

        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)NativeMethods.ts_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        public Device device
        {
            get
            {
                var type = NativeMethods.ts_device(Handle, out var index);
                GC.KeepAlive(this);
                return new Device((DeviceType)type, index);
            }
        }

        public DeviceType device_type
        {
            get
            {
                var type = NativeMethods.ts_device(Handle, out _);
                GC.KeepAlive(this);
                return (DeviceType)type;
            }
        }

        public int device_index
        {
            get
            {
                NativeMethods.ts_device(Handle, out var index);
                GC.KeepAlive(this);
                return index;
            }
        }

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_contiguous()
        {
            NativeMethods.Check(NativeMethods.ts_is_contiguous(Handle, out var yes));
            GC.KeepAlive(this);
            return yes != 0;
        }

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_nonzero() => Operator.Aten("is_nonzero").CallBool(this);

        public override string ToString()
        {
            return IsInvalid ? "" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";
        }

        private static long AtDimension(long[] values, int dim)
        {
            var at = dim < 0 ? dim + values.Length : dim;
            if (at < 0 || at >= values.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(dim), dim, $"The tensor has {values.Length} dimensions.");
            }
            return values[at];
        }
    }
}
