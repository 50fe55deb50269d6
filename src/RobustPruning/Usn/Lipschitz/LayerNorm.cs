using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>Upper bounds of how much one layer may stretch a change of its input in the Euclidean norm, in evaluation mode.</summary>
internal static class LayerNorm
{
    // Layers of up to this many values at the smaller end are written out as matrices; of this many entries at most, 32 MiB.
    private const long SmallSide = 512;
    private const long SmallMatrix = 1 << 22;

    // What the roots, products and sums of a few numbers may lose here, with room to spare.
    private const double Outward = 1 + 1e-11;

    /// <summary>The bound for a node with one input.</summary>
    /// <exception cref="GraphException">The layer's kind is unknown.</exception>
    public static double Of(GraphNode node)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Outward * (node switch
        {
            FlattenNode or ReluNode or TanhNode => 1,
            SigmoidNode => 0.25,
            LeakyReluNode leaky => Math.Max(1, Math.Abs(leaky.NegativeSlope)),
            LinearNode linear => Matrix(linear.Weights.weight.to(float64)),
            ConvolutionNode convolution => Convolution(convolution, null),
            BatchNormalizationNode normalization => normalization.ScaleAndShift(float64).Scale.abs().max().item<double>(),
            AffineNode affine => Schur(affine),
            MaxPoolNode pool => Math.Sqrt(MostWindows(pool)),
            _ => throw new GraphException(node.Name, $"it is a {node.GetType().Name}, of which no Lipschitz constant is known."),
        });
    }

    /// <summary>The bound for a convolution and the batch normalisation that follows it, as one layer.</summary>
    public static double Of(ConvolutionNode convolution, BatchNormalizationNode normalization)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Outward * Convolution(convolution, normalization.ScaleAndShift(float64).Scale);
    }

    /// <summary>The bound for some of a layer's outputs.</summary>
    public static double OfRows(LinearNode linear, IReadOnlyList<int> outputs)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var weight = linear.Weights.weight;
        var rows = tensor(outputs.Distinct().Select(output => (long)output).ToArray(), device: weight.device);
        return outputs.Count == 0 ? 0 : Outward * Matrix(weight.index_select(0, rows).to(float64));
    }

    private static double Matrix(Tensor weight) => GramIteration.Norm(weight.unsqueeze(0)).Upper;

    private static double Convolution(ConvolutionNode node, Tensor? scale)
    {
        var weight = node.Convolution.weight.to(float64);
        if (Math.Min(node.Neurons, node.Input.Neurons) > SmallSide || node.Neurons * node.Input.Neurons > SmallMatrix)
            return ConvolutionSymbol.Norm(node, scale is null ? weight : weight * scale.reshape(-1, 1, 1, 1));

        // Each entry is one weight, or 0: writing it out loses nothing.
        var matrix = node.Linear(eye(node.Input.Neurons, dtype: float64, device: weight.device).reshape([-1, .. node.Input.Shape]));
        return Matrix((scale is null ? matrix : matrix * scale.reshape(-1, 1, 1)).flatten(1));
    }

    /// <summary>Schur's test: ‖W‖₂² is at most the greatest row sum of |W| times its greatest column sum.</summary>
    private static double Schur(AffineNode node)
    {
        using var gradient = enable_grad();
        var input = ones([1, .. node.Input.Shape], dtype: float64, requires_grad: true);
        var rows = node.Absolute(input);
        var columns = autograd.grad([rows.sum()], [input])[0];
        return Math.Sqrt(rows.max().item<double>() * columns.max().item<double>());
    }

    /// <summary>In how many windows one value lies at most: Σ_w max_(j ∈ w) Δ_j² counts each value that often.</summary>
    private static int MostWindows(MaxPoolNode pool) => (
        from row in Enumerable.Range(0, (int)pool.Input.Shape[1])
        from column in Enumerable.Range(0, (int)pool.Input.Shape[2])
        select pool.Entries.Count(entry => entry.WindowOf(row, column) is not null)).Max();
}
