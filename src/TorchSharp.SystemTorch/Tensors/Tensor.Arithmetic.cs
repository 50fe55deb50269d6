namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Arithmetic with another tensor or a number, and the in-place forms.

        public Tensor add(Tensor target) => Aten("add.Tensor", this, target);

        public Tensor add(Tensor target, Scalar alpha) => Aten("add.Tensor", this, target, alpha);

        public Tensor add(Scalar scalar) => Aten("add.Scalar", this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => Aten("add.Scalar", this, scalar, alpha);

        public Tensor sub(Tensor target) => Aten("sub.Tensor", this, target);

        public Tensor sub(Scalar target) => Aten("sub.Scalar", this, target);

        public Tensor mul(Tensor target) => Aten("mul.Tensor", this, target);

        public Tensor mul(Scalar target) => Aten("mul.Scalar", this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None)
            => Aten("div.Tensor_mode", this, target, RoundingName(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None)
            => Aten("div.Scalar_mode", this, target, RoundingName(rounding_mode));

        public Tensor remainder(Tensor target) => Aten("remainder.Tensor", this, target);

        public Tensor remainder(Scalar scalar) => Aten("remainder.Scalar", this, scalar);

        public Tensor pow(Tensor exponent) => Aten("pow.Tensor_Tensor", this, exponent);

        public Tensor pow(Scalar exponent) => Aten("pow.Tensor_Scalar", this, exponent);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Aten("addcmul", this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Aten("addcdiv", this, tensor1, tensor2);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Aten("addcdiv", this, tensor1, tensor2, value);

        public Tensor lerp(Tensor end, Tensor weight) => Aten("lerp.Tensor", this, end, weight);

        public Tensor clamp(Scalar min = null, Scalar max = null) => Aten("clamp", this, min, max);

        public Tensor clamp(Tensor min = null, Tensor max = null) => Aten("clamp.Tensor", this, min, max);

        public Tensor clamp_min(Scalar min) => Aten("clamp_min", this, min);

        public Tensor clamp_max(Scalar max) => Aten("clamp_max", this, max);

        public Tensor add_(Tensor target) => AtenInPlace("add_.Tensor", this, target);

        public Tensor add_(Tensor target, Scalar alpha) => AtenInPlace("add_.Tensor", this, target, alpha);

        public Tensor add_(Scalar scalar) => AtenInPlace("add_.Scalar", this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) => AtenInPlace("add_.Scalar", this, scalar, alpha);

        public Tensor sub_(Tensor target) => AtenInPlace("sub_.Tensor", this, target);

        public Tensor sub_(Scalar target) => AtenInPlace("sub_.Scalar", this, target);

        public Tensor mul_(Tensor target) => AtenInPlace("mul_.Tensor", this, target);

        public Tensor mul_(Scalar target) => AtenInPlace("mul_.Scalar", this, target);

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None)
            => AtenInPlace("div_.Tensor_mode", this, target, RoundingName(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None)
            => AtenInPlace("div_.Scalar_mode", this, target, RoundingName(rounding_mode));

        public Tensor remainder_(Tensor target) => AtenInPlace("remainder_.Tensor", this, target);

        public Tensor remainder_(Scalar scalar) => AtenInPlace("remainder_.Scalar", this, scalar);

        public Tensor pow_(Tensor exponent) => AtenInPlace("pow_.Tensor", this, exponent);

        public Tensor pow_(Scalar exponent) => AtenInPlace("pow_.Scalar", this, exponent);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => AtenInPlace("addcmul_", this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => AtenInPlace("addcdiv_", this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => AtenInPlace("addcdiv_", this, tensor1, tensor2, value);

        public Tensor lerp_(Tensor end, Tensor weight) => AtenInPlace("lerp_.Tensor", this, end, weight);

        public Tensor clamp_(Scalar min = null, Scalar max = null) => AtenInPlace("clamp_", this, min, max);

        public Tensor clamp_(Tensor min = null, Tensor max = null) => AtenInPlace("clamp_.Tensor", this, min, max);

        public Tensor clamp_min_(Scalar min) => AtenInPlace("clamp_min_", this, min);

        public Tensor clamp_max_(Scalar max) => AtenInPlace("clamp_max_", this, max);

        public Tensor minimum(Tensor other) => Aten("minimum", this, other);

        public Tensor maximum(Tensor other) => Aten("maximum", this, other);

        public Tensor min(Tensor other) => Aten("min.other", this, other);

        public Tensor max(Tensor other) => Aten("max.other", this, other);

        private static string RoundingName(RoundingMode mode) => mode switch
        {
            RoundingMode.trunc => "trunc",
            RoundingMode.floor => "floor",
            _ => null,
        };
    }
}
