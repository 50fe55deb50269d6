namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Aten("sum", this, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim }, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim0, dim1 }, keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null)
            => sum(new[] { dim0, dim1, dim2 }, keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Aten("sum.dim_IntList", this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        public Tensor mean() => Aten("mean", this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null)
            => Aten("mean.dim", this, dimensions, keepdim, type);

        public Tensor prod(ScalarType? type = null) => Aten("prod", this, type);

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Aten("prod.dim_int", this, dim, keepdim, type);

        // As in TorchSharp, whose variance of all elements is unbiased whatever it is told.
        public Tensor var(bool unbiased = true) => Aten("var", this, true);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => var(new[] { dim }, unbiased, keepdim, type);

        public Tensor var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => var(new[] { dim.Item1, dim.Item2 }, unbiased, keepdim, type);

        public Tensor var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => var(new[] { dim.Item1, dim.Item2, dim.Item3 }, unbiased, keepdim, type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => Spread("var.dim", dimensions, unbiased, keepdim, type);

        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => var(dimensions.ToArray(), unbiased, keepdim, type);

        public Tensor std(bool unbiased = true) => Aten("std", this, unbiased);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => std(new[] { dim }, unbiased, keepdim, type);

        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => std(new[] { dim.Item1, dim.Item2 }, unbiased, keepdim, type);

        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => std(new[] { dim.Item1, dim.Item2, dim.Item3 }, unbiased, keepdim, type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => Spread("std.dim", dimensions, unbiased, keepdim, type);

        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => std(dimensions.ToArray(), unbiased, keepdim, type);

        public Tensor amax(params long[] dims) => Aten("amax", this, dims);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor @out = null)
            => @out is null ? Aten("amax", this, dims, keepdim) : Aten("amax.out", this, dims, keepdim, @out);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor @out = null) => amax(dims.ToArray(), keepdim, @out);

        public Tensor amin(params long[] dims) => Aten("amin", this, dims);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor @out = null)
            => @out is null ? Aten("amin", this, dims, keepdim) : Aten("amin.out", this, dims, keepdim, @out);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor @out = null) => amin(dims.ToArray(), keepdim, @out);

        public Tensor max() => Aten("max", this);

        /// <summary>Along a dimension: the values and their indices.</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => AtenPair("max.dim", this, dim, keepdim);

        public Tensor argmax() => Aten("argmax", this);

        public Tensor argmax(long dim, bool keepdim = false) => Aten("argmax", this, dim, keepdim);

        public Tensor min() => Aten("min", this);

        /// <summary>Along a dimension: the values and their indices.</summary>
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => AtenPair("min.dim", this, dim, keepdim);

        public Tensor argmin() => Aten("argmin", this);

        public Tensor argmin(long dim, bool keepdim = false) => Aten("argmin", this, dim, keepdim);

        public Tensor all() => Aten("all", this);

        public Tensor all(long dim, bool keepdim = false) => Aten("all.dim", this, dim, keepdim);

        public Tensor any() => Aten("any", this);

        public Tensor any(long dim, bool keepdim = false) => Aten("any.dim", this, dim, keepdim);

        /// <summary>The lower of the two middle elements where their number is even.</summary>
        public Tensor median() => Aten("median", this);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Aten("quantile", this, q, dim, keepdim);

        public Tensor norm(float p = 2) => Aten("norm.Scalar", this, (double)p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2)
            => Aten("norm.ScalarOpt_dim", this, (double)p, new long[] { dim }, keepdim);

        public Tensor dist(Tensor other, float p = 2) => Aten("dist", this, other, (double)p);

        public Tensor logsumexp(long dim, bool keepdim = false) => Aten("logsumexp", this, new[] { dim }, keepdim);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten("softmax.int", this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten("log_softmax.int", this, dim, dtype);

        public Tensor cumsum(long dim, ScalarType? type = null) => Aten("cumsum", this, dim, type);

        private Tensor Spread(string op, long[] dimensions, bool unbiased, bool keepdim, ScalarType? type)
        {
            if (type is not { } t) return Aten(op, this, dimensions, unbiased, keepdim);
            using var converted = to(t);
            return Aten(op, converted, dimensions, unbiased, keepdim);
        }
    }
}
