using RobustPruning.Graphs;
using RobustPruning.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// How far the checker's 64-bit numbers may be from exact ones (Higham, Accuracy and Stability of Numerical Algorithms, chapter 3): a sum
/// of n products, in any order, errs by at most γ_n Σ |w| |x|, γ_n = n·u / (1 − n·u), with u the unit roundoff.
/// </summary>
internal static class ProofRounding
{
    /// <summary>What numbers below the normal range may lose in one operation.</summary>
    public const double Underflow = 3e-308;

    /// <summary>
    /// The step from 1 to the next greater number: functions such as exponentials are computed with an error of a few of them.
    /// </summary>
    public const double Epsilon = 2 * Unit;

    private const double Unit = 1.0 / (1L << 53);

    /// <summary>γ_n.</summary>
    public static double Gamma(long terms) => terms * Unit / (1 - (terms * Unit));

    /// <summary>
    /// The Euclidean norm of 64-bit numbers, rounded upwards; squares of less than 1e-150 are covered though they vanish.
    /// </summary>
    public static double Norm(Tensor values)
    {
        using var scope = NewDisposeScope();
        return (values.Squared().sum().sqrt().item<double>() * (1 + Gamma(values.numel() + 16))) + (Math.Sqrt(values.numel()) * 1e-150);
    }

    /// <summary>The number of rounded terms that make up one value of a node; 0 where values are only moved.</summary>
    public static long Terms(AffineNode node) => node switch
    {
        FlattenNode or RearrangementNode or PoolEntryNode => 0,
        ConvolutionNode convolution => (convolution.Convolution.weight.numel() / convolution.Channels) + 2,
        TransposedConvolutionNode transposed => (transposed.Convolution.weight.numel() / transposed.Channels) + 2,
        LinearNode linear => linear.Weights.weight.shape[1] + 2,
        BatchNormalizationNode => 10,
        ElementwiseAffineNode => 4,
        AdaptiveAveragePoolNode pool => (pool.Input.Neurons / pool.Channels) + 2,
        AveragePoolNode pool => (pool.Kernel[0] * pool.Kernel[1]) + 2,
        _ => throw new GraphException(node.Name, $"the certificate checker has no rule for {node.GetType().Name}.")
            { Value = node.GetType().Name },
    };

    /// <summary>The absolute values of what a node adds to each channel, or null if it adds nothing.</summary>
    public static Tensor? Added(AffineNode node)
    {
        using var scope = NewDisposeScope();
        return (node switch
        {
            ConvolutionNode { Convolution.bias: { } bias } => bias.abs().reshape(-1, 1, 1),
            TransposedConvolutionNode { Convolution.bias: { } bias } => bias.abs().reshape(-1, 1, 1),
            LinearNode { Weights.bias: { } bias } => bias.abs(),
            ElementwiseAffineNode { ShiftValues: { } shift } => shift.abs(),
            BatchNormalizationNode normalization => Added(normalization.Normalization, normalization),
            _ => null,
        })?.MoveToOuterDisposeScope();
    }

    // A normalisation takes the mean away before it adds its shift: both are rounded on their own scale.
    private static Tensor Added(NormBase module, BatchNormalizationNode node)
    {
        var mean = node.ScaleAndShift(module.running_mean!.dtype).Scale.abs() * module.running_mean!.abs();
        return (module.bias is null ? mean : mean.Plus(module.bias.abs())).reshape([-1, .. Enumerable.Repeat(1L, node.Shape.Count - 1)]);
    }
}
