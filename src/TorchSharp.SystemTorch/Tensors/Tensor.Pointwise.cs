namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Functions of each element, and their in-place forms: those change this tensor and give it back.

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

        public Tensor abs_() => AtenInPlace("abs_", this);

        public Tensor neg_() => AtenInPlace("neg_", this);

        public Tensor sqrt_() => AtenInPlace("sqrt_", this);

        public Tensor relu_() => AtenInPlace("relu_", this);

        public Tensor sigmoid_() => AtenInPlace("sigmoid_", this);

        public Tensor tanh_() => AtenInPlace("tanh_", this);

        public Tensor exp_() => AtenInPlace("exp_", this);

        public Tensor log_() => AtenInPlace("log_", this);

        public Tensor floor_() => AtenInPlace("floor_", this);

        public Tensor ceil_() => AtenInPlace("ceil_", this);

        public Tensor reciprocal_() => AtenInPlace("reciprocal_", this);

        public Tensor rsqrt_() => AtenInPlace("rsqrt_", this);

        public Tensor sign_() => AtenInPlace("sign_", this);

        // As in TorchSharp: zeros written into this tensor, another handle on it as the result, and no derivative.
        public Tensor zero_() => Aten("zeros.out", shape, this);

        public Tensor round_(long decimals = 0) => decimals == 0 ? AtenInPlace("round_", this) : AtenInPlace("round_.decimals", this, decimals);

        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null)
            => AtenInPlace("nan_to_num_", this, nan, posinf, neginf);

        public Tensor fill_(Scalar value) => AtenInPlace("fill_.Scalar", this, value);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => AtenInPlace("copy_", this, source, nonBlocking);
    }
}
