using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // The indexers of this class are called so in other languages and in reflection.
        private const string IndexerName = "TensorItems";

        [IndexerName(IndexerName)]
        public Tensor this[long i1]
        {
            get => Get([i1]);
            set => Put(value, false, [i1]);
        }

        [IndexerName(IndexerName)]
        public Tensor this[long i1, long i2]
        {
            get => Get([i1, i2]);
            set => Put(value, false, [i1, i2]);
        }

        [IndexerName(IndexerName)]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Get([i1, i2, i3]);
            set => Put(value, false, [i1, i2, i3]);
        }

        [IndexerName(IndexerName)]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Get([i1, i2, i3, i4]);
            set => Put(value, false, [i1, i2, i3, i4]);
        }

        [IndexerName(IndexerName)]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => Get([i1, i2, i3, i4, i5]);
            set => Put(value, false, [i1, i2, i3, i4, i5]);
        }

        [IndexerName(IndexerName)]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => Get([i1, i2, i3, i4, i5, i6]);
            set => Put(value, false, [i1, i2, i3, i4, i5, i6]);
        }

        [IndexerName(IndexerName)]
        public Tensor this[params long[] indices]
        {
            get => Get(Singles(indices));
            set => Put(value, false, Singles(indices));
        }

        [IndexerName(IndexerName)]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Put(value, false, indices);
        }

        [IndexerName(IndexerName)]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => Put(value, false, Positions(indices));
        }

        public Tensor index(params TensorIndex[] indices) => Get(indices);

        /// <summary>A null stands for all of a dimension.</summary>
        public Tensor index(params Tensor[] indices) => Get(Positions(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => Put(value, false, indices);

        public Tensor index_put_(Tensor value, params Tensor[] indices) => Put(value, false, Positions(indices));

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false) => Put(value, accumulate, indices);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => Put(value, accumulate, Positions(indices));

        public Tensor index_put_(Scalar value, params TensorIndex[] indices) => Put(value, indices);

        public Tensor index_put_(Scalar value, params Tensor[] indices) => Put(value, Positions(indices));

        private Tensor Get(ReadOnlySpan<TensorIndex> indices)
        {
            var indexing = new Indexing(this);
            try
            {
                indexing.Apply(indices);
                return indexing.Get();
            }
            finally
            {
                indexing.Dispose();
            }
        }

        private Tensor Put(Tensor value, bool accumulate, ReadOnlySpan<TensorIndex> indices)
        {
            ArgumentNullException.ThrowIfNull(value);
            var indexing = new Indexing(this);
            try
            {
                indexing.Apply(indices);
                indexing.Put(value, accumulate);
            }
            finally
            {
                indexing.Dispose();
            }
            return this;
        }

        private Tensor Put(Scalar value, ReadOnlySpan<TensorIndex> indices)
        {
            using var number = torch.full([], value, dtype, device);
            return Put(number, false, indices);
        }

        private static TensorIndex[] Singles(long[] indices) => Array.ConvertAll(indices, index => TensorIndex.Single(index));

        private static TensorIndex[] Positions(Tensor[] indices)
            => Array.ConvertAll(indices, index => index is null ? TensorIndex.Colon : TensorIndex.Tensor(index));
    }
}
