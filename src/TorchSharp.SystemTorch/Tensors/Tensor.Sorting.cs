namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The values in order and where they were.</summary>
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false)
            => AtenPair("sort.stable", this, stable, dim, descending);

        public Tensor argsort(long dim = -1, bool descending = false) => Aten("argsort", this, dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
            => AtenPair("topk", this, k, dim, largest, sorted);

        /// <summary>The k-th smallest along a dimension, counted from one, and its index.</summary>
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false)
            => AtenPair("kthvalue", this, k, dim ?? -1, keepdim);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false)
            => Aten("bucketize.Tensor", this, boundaries, outInt32, right);
    }
}
