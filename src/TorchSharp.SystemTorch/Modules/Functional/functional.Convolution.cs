namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor conv2d(
                Tensor input,
                Tensor weight,
                Tensor bias = null,
                long[] strides = null,
                long[] padding = null,
                long[] dilation = null,
                long groups = 1) =>
                Operator.Get("aten::conv2d").Call(input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

            public static Tensor conv2d_padding(
                Tensor input,
                Tensor weight,
                Tensor bias = null,
                long[] strides = null,
                Padding padding = Padding.Valid,
                long[] dilation = null,
                long groups = 1) =>
                Operator.Get("aten::conv2d", "padding").Call(
                    input, weight, bias, strides ?? [1, 1], padding == Padding.Same ? "same" : "valid", dilation ?? [1, 1], groups);

            public static Tensor conv_transpose2d(
                Tensor input,
                Tensor weight,
                Tensor bias = null,
                long[] strides = null,
                long[] padding = null,
                long[] output_padding = null,
                long[] dilation = null,
                long groups = 1) =>
                Operator.Get("aten::conv_transpose2d", "input").Call(
                    input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], output_padding ?? [0, 0], groups, dilation ?? [1, 1]);

            /// <summary>The patches under a sliding kernel, as columns.</summary>
            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                unfold(input, (kernel_size, kernel_size), (dilation, dilation), (padding, padding), (stride, stride));

            public static Tensor unfold(
                Tensor input,
                (long, long) kernel_size,
                (long, long)? dilation = null,
                (long, long)? padding = null,
                (long, long)? stride = null) =>
                Operator.Get("aten::im2col").Call(
                    input, Pair.Of(kernel_size), Pair.Of(dilation ?? (1, 1)), Pair.Of(padding ?? (0, 0)), Pair.Of(stride ?? (1, 1)));
        }
    }
}
