namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Choosing elements with tensors of indices or masks, and writing to the chosen ones.

        public Tensor index_select(long dim, Tensor index) => Aten("index_select", this, dim, index);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Aten("index_add", this, dim, index, source, alpha);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha)
            => AtenInPlace("index_add_", this, dim, index, source, alpha);

        public Tensor index_copy(long dim, Tensor index, Tensor source) => Aten("index_copy", this, dim, index, source);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => AtenInPlace("index_copy_", this, dim, index, source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) => Aten("index_fill.int_Scalar", this, dim, index, value);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) => AtenInPlace("index_fill_.int_Scalar", this, dim, index, value);

        public Tensor gather(long dim, Tensor index) => Aten("gather", this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) => Aten("scatter.src", this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => AtenInPlace("scatter_.src", this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Aten("scatter_add", this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => AtenInPlace("scatter_add_", this, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) => Aten("masked_fill.Scalar", this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => AtenInPlace("masked_fill_.Scalar", this, mask, value);

        public Tensor masked_select(Tensor mask) => Aten("masked_select", this, mask);

        public Tensor take_along_dim(Tensor indices) => Aten("take_along_dim", this, indices);

        public Tensor take_along_dim(Tensor indices, long dim) => Aten("take_along_dim", this, indices, dim);

        /// <summary>This tensor's elements where the condition holds, the other's elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => Aten("where.self", condition, this, y);

        public Tensor nonzero() => Aten("nonzero", this);

        public Tensor count_nonzero(long[] dims = null)
            => dims is null ? Aten("count_nonzero", this) : Aten("count_nonzero.dim_IntList", this, dims);
    }
}
