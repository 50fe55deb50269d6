using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>One entry of every window of a max pooling, as a linear map; padding is zero. It is in no graph, bounds use it.</summary>
internal sealed class PoolEntryNode(MaxPoolDescription pool, GraphNode input, IReadOnlyList<long> shape, int row, int column)
    : AffineNode(pool, input, shape, null)
{
    /// <summary>The rows and columns from one window to the next.</summary>
    public IReadOnlyList<long> Stride => pool.Stride;

    /// <summary>The row and column of the first window's entry; negative in the padding.</summary>
    public IReadOnlyList<long> First { get; } =
        [(row * pool.Dilation[0]) - pool.Padding[0], (column * pool.Dilation[1]) - pool.Padding[1]];

    public override Tensor Affine(Tensor x) => Take(x);

    public override Tensor Linear(Tensor x) => Take(x);

    public override Tensor Absolute(Tensor x) => Take(x);

    internal override long Terms => 0;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Take(inputs[0]);

    /// <summary>The window whose entry is the value at a place, if there is one.</summary>
    public (long Row, long Column)? WindowOf(long row, long column)
    {
        long down = row - First[0], across = column - First[1];
        return down >= 0 && across >= 0 && down % Stride[0] == 0 && across % Stride[1] == 0
            && down / Stride[0] < Shape[1] && across / Stride[1] < Shape[2]
            ? (down / Stride[0], across / Stride[1]) : null;
    }

    /// <summary>The entries of values that start with the first window's entry.</summary>
    internal Tensor LinearWithoutPadding(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.slice(2, 0, x.shape[2], Stride[0]).slice(3, 0, x.shape[3], Stride[1]).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Take(Tensor x)
    {
        // A negative padding cuts.
        long below = First[0] + ((Shape[1] - 1) * Stride[0]) + 1 - x.shape[2],
            right = First[1] + ((Shape[2] - 1) * Stride[1]) + 1 - x.shape[3];
        using var padded = nn.functional.pad(x, (-First[1], right, -First[0], below));
        return LinearWithoutPadding(padded);
    }
}
