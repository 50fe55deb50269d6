using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Upper bounds of how much one layer may stretch a change of its input in the Euclidean norm, in evaluation mode.</summary>
internal static class OperatorNorm
{
    // Layers of up to this many values at the smaller end are written out as matrices; of this many entries at most, 32 MiB.
    private const long SmallSide = 512;
    private const long SmallMatrix = 1 << 22;

    // What the roots, products and sums of a few numbers may lose here, with room to spare.
    private const double Outward = 1 + 1e-11;

    /// <summary>The bound for a node with one input.</summary>
    /// <param name="node">The node.</param>
    /// <param name="effort">How tight the bound is to be; <see cref="NormEffort.Tight"/> if null.</param>
    /// <exception cref="GraphException">The layer's kind is unknown.</exception>
    public static double Of(GraphNode node, NormEffort? effort = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Outward * (node switch
        {
            FlattenNode or PoolEntryNode or SoftmaxNode or ReluNode or TanhNode or ClipNode => 1,
            RearrangementNode rearrangement => Math.Sqrt(rearrangement.MostUses),
            ElementwiseAffineNode scaled => scaled.ScaleValues.abs().max().to(float64).item<double>(),
            SigmoidNode => 0.25,
            ScalarFunctionNode { Steepest: { } steepest } => steepest,
            LeakyReluNode leaky => Math.Max(1, Math.Abs(leaky.NegativeSlope)),
            LinearNode linear => Matrix(linear.Weights.weight.to(float64), effort ?? NormEffort.Tight),
            ConvolutionNode convolution => Convolution(convolution, null, effort ?? NormEffort.Tight),
            BatchNormalizationNode normalization => normalization.ScaleAndShift(float64).Scale.abs().max().item<double>(),
            AffineNode affine => Schur(affine),
            MaxPoolNode pool => Math.Sqrt(MostWindows(pool)),
            _ => throw new GraphException(node.Name, $"it is a {node.GetType().Name}, of which no Lipschitz constant is known.")
                { Value = node.GetType().Name },
        });
    }

    /// <summary>The bound for a convolution and the batch normalisation that follows it, as one layer.</summary>
    public static double Of(ConvolutionNode convolution, BatchNormalizationNode normalization, NormEffort? effort = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Outward * Convolution(convolution, normalization.ScaleAndShift(float64).Scale, effort ?? NormEffort.Tight);
    }

    /// <summary>The bound for some of a layer's outputs.</summary>
    public static double OfRows(LinearNode linear, IReadOnlyList<int> outputs)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var weight = linear.Weights.weight;
        var rows = tensor(outputs.Distinct().Select(output => (long)output).ToArray(), device: weight.device);
        return outputs.Count == 0 ? 0 : Outward * Matrix(weight.index_select(0, rows).to(float64), NormEffort.Tight);
    }

    /// <summary>
    /// The bound for the absolute values of a layer's weights, <c>‖|W|‖₂</c>: cheap, and hardly loose where no weight stands out.
    /// </summary>
    public static double OfAbsolute(AffineNode node)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Outward * (node switch
        {
            LinearNode linear => NonNegative(linear.Weights.weight.to(float64).abs().unsqueeze(0)),
            ConvolutionNode convolution => AbsoluteConvolution(convolution),
            _ => Of(node),
        });
    }

    private static double Matrix(Tensor weight, NormEffort effort)
    {
        double rows = Math.Min(weight.shape[0], weight.shape[1]);
        return rows * weight.numel() <= effort.MostWork
            ? GramIteration.Norm(weight.unsqueeze(0), tolerance: effort.Tolerance).Upper
            : NonNegative(weight.abs().unsqueeze(0));
    }

    private static double Convolution(ConvolutionNode node, Tensor? scale, NormEffort effort)
    {
        var weight = node.WeightIn(float64);
        if (Math.Min(node.Neurons, node.Input.Neurons) > SmallSide || node.Neurons * node.Input.Neurons > SmallMatrix)
            return ConvolutionSymbol.Norm(node, scale is null ? weight : weight * scale.reshape(-1, 1, 1, 1), effort);

        // Each entry is one weight, or 0: writing it out loses nothing.
        var matrix = node.Linear(eye(node.Input.Neurons, dtype: float64, device: weight.device).reshape([-1, .. node.Input.Shape]));
        return Matrix((scale is null ? matrix : matrix * scale.reshape(-1, 1, 1)).flatten(1), effort);
    }

    /// <summary>
    /// A convolution without signs stretches no more than at frequency zero, by the norm of Σ_k |W_k| over the kernel, group by group.
    /// </summary>
    private static double AbsoluteConvolution(ConvolutionNode node)
    {
        var sums = node.WeightIn(float64).abs().sum([2, 3]);
        return NonNegative(sums.reshape(node.Groups, -1, sums.shape[1]));
    }

    /// <summary>
    /// The greatest norm of matrices <c>[B, m, n]</c> without signs, and of any whose absolute values they are: at most the Frobenius norm,
    /// and by Schur's test at most the root of the greatest row sum times the greatest column sum.
    /// </summary>
    private static double NonNegative(Tensor matrices)
    {
        var schur = (matrices.sum([2]).amax([1]) * matrices.sum([1]).amax([1])).sqrt();
        return linalg.vector_norm(matrices, dims: [1, 2]).minimum(schur).max().item<double>();
    }

    /// <summary>Schur's test for a layer written as |W| x.</summary>
    private static double Schur(AffineNode node)
    {
        using var gradient = enable_grad();
        var input = ones([1, .. node.Input.Shape], dtype: float64, requires_grad: true);
        var rows = node.Absolute(input);
        var columns = Gradients.Of(rows.sum(), [input])[0];
        return Math.Sqrt(rows.max().item<double>() * columns.max().item<double>());
    }

    /// <summary>In how many windows one value lies at most: Σ_w max_(j ∈ w) Δ_j² counts each value that often.</summary>
    private static int MostWindows(MaxPoolNode pool) => (
        from row in Enumerable.Range(0, (int)pool.Input.Shape[1])
        from column in Enumerable.Range(0, (int)pool.Input.Shape[2])
        select pool.Entries.Count(entry => entry.WindowOf(row, column) is not null)).Max();
}
