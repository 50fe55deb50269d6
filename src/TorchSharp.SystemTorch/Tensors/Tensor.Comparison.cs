namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Comparisons, logic and tests of each element.

        public Tensor eq(Tensor target) => Aten("eq.Tensor", this, target);

        public Tensor eq(Scalar target) => Aten("eq.Scalar", this, target);

        public Tensor ne(Tensor target) => Aten("ne.Tensor", this, target);

        public Tensor ne(Scalar target) => Aten("ne.Scalar", this, target);

        public Tensor lt(Tensor target) => Aten("lt.Tensor", this, target);

        public Tensor lt(Scalar target) => Aten("lt.Scalar", this, target);

        public Tensor le(Tensor target) => Aten("le.Tensor", this, target);

        public Tensor le(Scalar target) => Aten("le.Scalar", this, target);

        public Tensor gt(Tensor target) => Aten("gt.Tensor", this, target);

        public Tensor gt(Scalar target) => Aten("gt.Scalar", this, target);

        public Tensor ge(Tensor target) => Aten("ge.Tensor", this, target);

        public Tensor ge(Scalar target) => Aten("ge.Scalar", this, target);

        public Tensor logical_and(Tensor other) => Aten("logical_and", this, other);

        public Tensor logical_or(Tensor other) => Aten("logical_or", this, other);

        public Tensor logical_xor(Tensor other) => Aten("logical_xor", this, other);

        public Tensor logical_not() => Aten("logical_not", this);

        public Tensor bitwise_and(Tensor other) => Aten("bitwise_and.Tensor", this, other);

        public Tensor bitwise_or(Tensor other) => Aten("bitwise_or.Tensor", this, other);

        public Tensor bitwise_xor(Tensor other) => Aten("bitwise_xor.Tensor", this, other);

        public Tensor bitwise_not() => Aten("bitwise_not", this);

        public Tensor isnan() => Aten("isnan", this);

        public Tensor isinf() => Aten("isinf", this);

        public Tensor isfinite() => Aten("isfinite", this);

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false)
            => Aten("isclose", this, other, rtol, atol, nanEqual);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
            => Operator.Aten("allclose").CallBool(this, target, rtol, atol, equal_nan);

        /// <summary>Element by element, like <see cref="eq(Tensor)"/>.</summary>
        public Tensor equal(Tensor target) => eq(target);

        /// <summary>Whether both have one shape and the same elements.</summary>
        public bool Equals(Tensor target) => target is not null && Operator.Aten("equal").CallBool(this, target);

        public override bool Equals(object obj) => obj is Tensor tensor && (ReferenceEquals(this, tensor) || Equals(tensor));

        public override int GetHashCode() => handle.GetHashCode();
    }
}
