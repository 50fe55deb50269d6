namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) => Operator.Get(inplace ? "aten::relu_" : "aten::relu").Call(x);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                Operator.Get(inplace ? "aten::leaky_relu_" : "aten::leaky_relu").Call(input, negative_slope);

            public static Tensor sigmoid(Tensor x) => sigmoid(x, false);

            public static Tensor sigmoid(Tensor x, bool inplace) => Operator.Get(inplace ? "aten::sigmoid_" : "aten::sigmoid").Call(x);

            public static Tensor tanh(Tensor x, bool inplace = false) => Operator.Get(inplace ? "aten::tanh_" : "aten::tanh").Call(x);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                Operator.Get("aten::softmax", "int").Call(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => Operator.Get("aten::log_softmax", "int").Call(x, dim);
        }
    }
}
