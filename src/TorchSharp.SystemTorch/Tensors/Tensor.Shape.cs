namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Aten("view", this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor reshape(params long[] shape) => Aten("reshape", this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten("flatten.using_ints", this, start_dim, end_dim);

        public Tensor unflatten(long dim, params long[] sizes) => Aten("unflatten.int", this, dim, sizes);

        public Tensor unsqueeze(long dim) => Aten("unsqueeze", this, dim);

        public Tensor unsqueeze_(long dim) => AtenInPlace("unsqueeze_", this, dim);

        public Tensor squeeze(long? dim = null) => dim is { } d ? Aten("squeeze.dim", this, d) : Aten("squeeze", this);

        public Tensor squeeze_(long? dim = null) => dim is { } d ? AtenInPlace("squeeze_.dim", this, d) : AtenInPlace("squeeze_", this);

        public Tensor transpose(long dim0, long dim1) => Aten("transpose.int", this, dim0, dim1);

        public Tensor transpose_(long dim0, long dim1) => AtenInPlace("transpose_", this, dim0, dim1);

        public Tensor t() => Aten("t", this);

        /// <summary>The matrix transposed; other tensors with their dimensions reversed.</summary>
        public Tensor T => Aten("numpy_T", this);

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => Aten("mT", this);

        public Tensor permute(params long[] permutation) => Aten("permute", this, permutation);

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor movedim(long[] source, long[] destination) => Aten("movedim.intlist", this, source, destination);

        public Tensor expand(params long[] sizes) => Aten("expand", this, sizes);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Aten("expand", this, sizes, isImplicit);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Aten("expand", this, sizes.ToArray(), isImplicit);

        public Tensor expand_as(Tensor other) => Aten("expand_as", this, other);

        public Tensor broadcast_to(params long[] shape) => Aten("broadcast_to", this, shape);

        public Tensor repeat(params long[] sizes) => Aten("repeat", this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null)
            => Aten("repeat_interleave.self_int", this, repeats, dim, output_size);

        public Tensor narrow(long dim, long start, long length) => Aten("narrow", this, dim, start, length);

        public Tensor slice(long dim, long start, long finish, long step) => Aten("slice.Tensor", this, dim, start, finish, step);

        public Tensor select(long dim, long index) => Aten("select.int", this, dim, index);

        public Tensor[] split(long size, int dim = 0) => AtenMany("split.Tensor", this, size, dim);

        public Tensor[] split(params long[] sizes) => split(sizes, 0L);

        public Tensor[] split(long[] sizes, long dim = 0) => AtenMany("split_with_sizes", this, sizes, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => split(sizes.ToArray(), dim);

        public Tensor[] chunk(long chunks, long dim = 0) => AtenMany("chunk", this, chunks, dim);

        public Tensor[] unbind(long dimension = 0) => AtenMany("unbind.int", this, dimension);

        public Tensor flip(params long[] dims) => Aten("flip", this, dims);

        public Tensor roll(long shifts, long? dims = null)
            => dims is { } d ? Aten("roll", this, new[] { shifts }, new[] { d }) : Aten("roll", this, new[] { shifts });

        public Tensor roll(long[] shifts, long[] dims) => Aten("roll", this, shifts, dims);

        public Tensor diag(long diagonal = 0) => Aten("diag", this, diagonal);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Aten("diagonal", this, offset, dim1, dim2);

        public Tensor tril(long diagonal = 0) => Aten("tril", this, diagonal);

        public Tensor triu(long diagonal = 0) => Aten("triu", this, diagonal);

        public Tensor unfold(long dimension, long size, long step) => Aten("unfold", this, dimension, size, step);
    }
}
