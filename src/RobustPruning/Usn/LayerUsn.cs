using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>
/// How the neurons of one pre-activation move over the perturbation set, with Δ_j(θ) = z_j(x(θ)) − z_j(x₀), averaged over the
/// calibration images. Each tensor has the node's shape, <c>[C, H, W]</c> or <c>[F]</c>. In all but the natural
/// variance low is good: the neuron is unbiased and smooth. It owns its tensors.
/// </summary>
public sealed class LayerUsn : IDisposable
{
    /// <summary>Takes over the tensors.</summary>
    /// <param name="node">The pre-activation that was measured.</param>
    /// <param name="bias">E[Δ_j].</param>
    /// <param name="squaredBias">E[Δ_j]², averaged over the images.</param>
    /// <param name="variance">Var[z_j] over θ.</param>
    /// <param name="naturalVariance">The variance of z_j(x₀) across the images: how much the neuron says at all.</param>
    public LayerUsn(GraphNode node, Tensor bias, Tensor squaredBias, Tensor variance, Tensor naturalVariance)
    {
        Node = node;
        Bias = bias;
        SquaredBias = squaredBias;
        Variance = variance;
        Deviation = (squaredBias + variance).DetachFromDisposeScope();
        NaturalVariance = naturalVariance;
    }

    /// <summary>The pre-activation that was measured.</summary>
    public GraphNode Node { get; }

    /// <summary>E[Δ_j], the mean move, averaged over the images with its sign.</summary>
    public Tensor Bias { get; }

    /// <summary>E[Δ_j]², averaged over the images.</summary>
    public Tensor SquaredBias { get; }

    /// <summary>Var[z_j] over θ, averaged over the images.</summary>
    public Tensor Variance { get; }

    /// <summary>E[Δ_j²] = E[Δ_j]² + Var[z_j]: W₂² between the law of z_j and its clean value.</summary>
    public Tensor Deviation { get; }

    /// <summary>The variance of the clean value z_j(x₀) across the images.</summary>
    public Tensor NaturalVariance { get; }

    /// <summary>Deviation of each channel: the mean over its positions.</summary>
    public double[] ChannelDeviation() => PerChannel(Deviation);

    /// <summary>Natural variance of each channel: the mean over its positions.</summary>
    public double[] ChannelNaturalVariance() => PerChannel(NaturalVariance);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { Bias, SquaredBias, Variance, Deviation, NaturalVariance })
            tensor.Dispose();
    }

    private static double[] PerChannel(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(float64).reshape(values.shape[0], -1).mean([1]).cpu().data<double>().ToArray();
    }
}
