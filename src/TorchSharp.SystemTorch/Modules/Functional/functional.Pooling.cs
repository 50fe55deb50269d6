namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor avg_pool2d(
                Tensor input,
                long[] kernel_size,
                long[] stride = null,
                long[] padding = null,
                bool ceil_mode = false,
                bool count_include_pad = true,
                long? divisor_override = null) =>
                Operator.Get("aten::avg_pool2d").Call(
                    input, kernel_size, stride ?? kernel_size, padding ?? [0, 0], ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool2d(
                Tensor input,
                long kernel_size,
                long? stride = null,
                long padding = 0,
                bool ceil_mode = false,
                bool count_include_pad = true,
                long? divisor_override = null) =>
                avg_pool2d(
                    input, Pair.Of(kernel_size), Pair.Of(stride), Pair.Of(padding), ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool2d(
                Tensor input,
                (long, long) kernel_size,
                (long, long)? stride = null,
                (long, long)? padding = null,
                bool ceil_mode = false,
                bool count_include_pad = true,
                long? divisor_override = null) =>
                avg_pool2d(
                    input, Pair.Of(kernel_size), Pair.Of(stride), Pair.Of(padding), ceil_mode, count_include_pad, divisor_override);

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) =>
                Operator.Get("aten::adaptive_avg_pool2d").Call(input, output_size);

            public static Tensor adaptive_avg_pool2d(Tensor input, long output_size) => adaptive_avg_pool2d(input, Pair.Of(output_size));

            public static Tensor adaptive_avg_pool2d(Tensor input, (long, long) output_size) =>
                adaptive_avg_pool2d(input, Pair.Of(output_size));

            public static Tensor max_pool2d(
                Tensor input,
                long[] kernel_size,
                long[] strides = null,
                long[] padding = null,
                long[] dilation = null,
                bool ceil_mode = false) =>
                Operator.Get("aten::max_pool2d").Call(
                    input, kernel_size, strides ?? kernel_size, padding ?? [0, 0], dilation ?? [1, 1], ceil_mode);

            public static Tensor max_pool2d(
                Tensor input,
                long kernel_size,
                long? stride = null,
                long? padding = null,
                long? dilation = null,
                bool ceil_mode = false) =>
                max_pool2d(input, Pair.Of(kernel_size), Pair.Of(stride), Pair.Of(padding), Pair.Of(dilation), ceil_mode);

            public static Tensor max_pool2d(
                Tensor input,
                (long, long) kernel_size,
                (long, long)? stride = null,
                (long, long)? padding = null,
                (long, long)? dilation = null,
                bool ceil_mode = false) =>
                max_pool2d(input, Pair.Of(kernel_size), Pair.Of(stride), Pair.Of(padding), Pair.Of(dilation), ceil_mode);

            /// <summary>The maxima, and where in each input plane they stand.</summary>
            public static (Tensor output, Tensor indices) max_pool2d_with_indices(
                Tensor input,
                long[] kernel_size,
                long[] strides = null,
                long[] padding = null,
                long[] dilation = null,
                bool ceil_mode = false)
            {
                var both = Operator.Get("aten::max_pool2d_with_indices").CallMany(
                    input, kernel_size, strides ?? kernel_size, padding ?? [0, 0], dilation ?? [1, 1], ceil_mode);
                return (both[0], both[1]);
            }
        }
    }
}
