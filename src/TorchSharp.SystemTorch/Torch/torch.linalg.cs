namespace TorchSharp;

public static partial class torch
{
    public static class linalg
    {
        public static Tensor norm(Tensor input, long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_norm").Call(input, Argument.None, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_norm").Call(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, int ord, long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_norm").Call(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, string ord, long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_norm.ord_str").Call(input, ord, dims, keepdim);

        public static Tensor vector_norm(Tensor input, double ord = 2, long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_vector_norm").Call(input, ord, dims, keepdim);

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_matrix_norm.str_ord").Call(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor matrix_norm(Tensor input, double ord, long[] dims = null, bool keepdim = false)
            => Operator.Aten("linalg_matrix_norm").Call(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor svdvals(Tensor input) => Operator.Aten("linalg_svdvals").Call(input);

        /// <summary>U, S and the conjugate transpose of V.</summary>
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            var results = Operator.Aten("linalg_svd").CallMany(input, fullMatrices);
            return (results[0], results[1], results[2]);
        }
    }
}
