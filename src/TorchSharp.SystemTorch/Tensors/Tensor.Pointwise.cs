namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Functions of each element, and their in-place forms: those change this tensor and give a new handle on it.

        public Tensor abs() => Aten("abs", this);

        public Tensor neg() => Aten("neg", this);

        public Tensor square() => Aten("square", this);

        public Tensor sqrt() => Aten("sqrt", this);

        public Tensor rsqrt() => Aten("rsqrt", this);

        public Tensor exp() => Aten("exp", this);

        public Tensor log() => Aten("log", this);

        public Tensor log1p() => Aten("log1p", this);

        public Tensor sign() => Aten("sign", this);

        public Tensor floor() => Aten("floor", this);

        public Tensor ceil() => Aten("ceil", this);

        public Tensor reciprocal() => Aten("reciprocal", this);

        public Tensor sin() => Aten("sin", this);

        public Tensor cos() => Aten("cos", this);

        public Tensor tanh() => Aten("tanh", this);

        public Tensor sigmoid() => Aten("sigmoid", this);

        public Tensor relu() => Aten("relu", this);

        public Tensor round(long decimals = 0) => decimals == 0 ? Aten("round", this) : Aten("round.decimals", this, decimals);

        public Tensor leaky_relu(Scalar negative_slope) => Aten("leaky_relu", this, negative_slope);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null)
            => Aten("nan_to_num", this, nan, posinf, neginf);

        public Tensor abs_() => Aten("abs_", this);

        public Tensor neg_() => Aten("neg_", this);

        public Tensor sqrt_() => Aten("sqrt_", this);

        public Tensor relu_() => Aten("relu_", this);

        public Tensor sigmoid_() => Aten("sigmoid_", this);

        public Tensor tanh_() => Aten("tanh_", this);

        public Tensor exp_() => Aten("exp_", this);

        public Tensor log_() => Aten("log_", this);

        public Tensor floor_() => Aten("floor_", this);

        public Tensor ceil_() => Aten("ceil_", this);

        public Tensor reciprocal_() => Aten("reciprocal_", this);

        public Tensor rsqrt_() => Aten("rsqrt_", this);

        public Tensor sign_() => Aten("sign_", this);

        public Tensor zero_() => Aten("zero_", this);

        public Tensor round_(long decimals = 0) => decimals == 0 ? Aten("round_", this) : Aten("round_.decimals", this, decimals);

        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null)
            => Aten("nan_to_num_", this, nan, posinf, neginf);

        public Tensor fill_(Scalar value) => Aten("fill_.Scalar", this, value);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Aten("copy_", this, source, nonBlocking);
    }
}
