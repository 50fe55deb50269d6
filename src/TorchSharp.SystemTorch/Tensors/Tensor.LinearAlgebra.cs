namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Aten("matmul", this, target);

        public Tensor mm(Tensor target) => Aten("mm", this, target);

        public Tensor bmm(Tensor batch2) => Aten("bmm", this, batch2);

        public Tensor mv(Tensor target) => Aten("mv", this, target);

        public Tensor dot(Tensor target) => Aten("dot", this, target);

        public Tensor outer(Tensor vec2) => Aten("outer", this, vec2);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
            => Aten("addmm", this, mat1, mat2, Factor(beta), Factor(alpha));

        // Tensors of integers take no floating factors.
        private static Argument Factor(float value) => value == (int)value ? (Argument)(long)value : (Argument)(double)value;
    }
}
