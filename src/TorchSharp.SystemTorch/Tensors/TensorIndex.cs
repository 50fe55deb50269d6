namespace TorchSharp;

public static partial class torch
{
    /// <summary>What may stand between the brackets of a tensor, for one dimension.</summary>
    public struct TensorIndex
    {
        internal enum Kind
        {
            None,
            Ellipsis,
            Single,
            Slice,
            Bool,
            Tensor,
        }

        /// <summary>A new dimension of size one.</summary>
        public static readonly TensorIndex None = default;

        /// <summary>The same as <see cref="None"/>.</summary>
        public static readonly TensorIndex Null = default;

        /// <summary>All dimensions that the other indices leave over.</summary>
        public static readonly TensorIndex Ellipsis = new() { Type = Kind.Ellipsis };

        /// <summary>All of one dimension.</summary>
        public static readonly TensorIndex Colon = Slice();

        internal Kind Type { get; private set; }

        internal long? Start { get; private set; }

        internal long? Stop { get; private set; }

        internal long? Step { get; private set; }

        internal torch.Tensor Indices { get; private set; }

        internal bool Flag => Start == 1;

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null)
            => new() { Type = Kind.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(
            // As in TorchSharp, ^0.. starts at 0 and not behind the end; up to the very end is as good as no bound.
            Position(range.Start),
            range.End is { IsFromEnd: true, Value: 0 } ? null : Position(range.End));

        public static TensorIndex Single(long? index) => index is null ? None : new() { Type = Kind.Single, Start = index };

        public static TensorIndex Bool(bool value) => new() { Type = Kind.Bool, Start = value ? 1 : 0 };

        public static TensorIndex Tensor(torch.Tensor tensor)
        {
            ArgumentNullException.ThrowIfNull(tensor);
            return new() { Type = Kind.Tensor, Indices = tensor };
        }

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(Position(index));

        public static implicit operator TensorIndex(Range range) => Slice(range);

        private static long Position(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
