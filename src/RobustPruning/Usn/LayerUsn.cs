using System.Globalization;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>
/// How the neurons of one node move over the perturbation set, with Δ_j(θ) = z_j(x(θ)) − z_j(x₀), averaged over the calibration images.
/// Each tensor has the node's shape, <c>[C, H, W]</c> or <c>[F]</c>. In all but the natural variance low is good: the neuron is unbiased
/// and smooth. It owns its tensors.
/// </summary>
public sealed class LayerUsn : IDisposable
{
    /// <summary>Takes over the tensors.</summary>
    /// <param name="node">The node that was measured.</param>
    /// <param name="bias">E[Δ_j].</param>
    /// <param name="squaredBias">E[Δ_j]², averaged over the images.</param>
    /// <param name="variance">Var[z_j] over θ.</param>
    /// <param name="naturalVariance">The variance of z_j(x₀) across the images: how much the neuron says at all.</param>
    /// <param name="deviation">E[Δ_j²], where it is known otherwise than as <c>squaredBias + variance</c>.</param>
    public LayerUsn(GraphNode node, Tensor bias, Tensor squaredBias, Tensor variance, Tensor naturalVariance, Tensor? deviation = null)
    {
        Node = node;
        Bias = bias;
        SquaredBias = squaredBias;
        Variance = variance;
        Deviation = deviation ?? squaredBias.Plus(variance).DetachFromDisposeScope();
        NaturalVariance = naturalVariance;
    }

    /// <summary>The node that was measured.</summary>
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

    /// <summary>
    /// Whether <see cref="SquaredBias"/>, <see cref="Variance"/> and <see cref="Deviation"/> are proved to be no less than the true ones
    /// for these images, and not estimates.
    /// </summary>
    public bool IsUpperBound { get; init; }

    /// <summary>The bias of each channel, the mean over its positions, with its standard errors; null if it was not sampled.</summary>
    public IReadOnlyList<UsnEstimate>? BiasEstimates { get; init; }

    /// <summary>The deviation of each channel, the mean over its positions, with its standard errors; null if it was not sampled.</summary>
    public IReadOnlyList<UsnEstimate>? DeviationEstimates { get; init; }

    /// <summary>Deviation of each channel: the mean over its positions.</summary>
    public double[] ChannelDeviation() => PerChannel(Deviation);

    /// <summary>Natural variance of each channel: the mean over its positions.</summary>
    public double[] ChannelNaturalVariance() => PerChannel(NaturalVariance);

    /// <summary>
    /// Contribution of each channel to the move of the output, C² times the sum of its neurons' deviations: where the node is a cut, the
    /// sum over the channels is no less than E‖f(x(θ)) − f(x₀)‖². In squared units of the output, and so comparable across layers.
    /// </summary>
    /// <param name="bound">The network's bound.</param>
    /// <exception cref="GraphException">The bound is another network's.</exception>
    public double[] ChannelContribution(LipschitzBound bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        var factor = bound[Node] * bound[Node] * (Node.Neurons / Node.Channels);
        return [.. ChannelDeviation().Select(deviation => factor * deviation)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { Bias, SquaredBias, Variance, Deviation, NaturalVariance })
            tensor.Dispose();
    }

    /// <summary>For example <c>conv2 [32x16x16]: 32 channels, deviation 0.0012 to 0.34, natural variance 0.5 to 2.1</c>.</summary>
    public override string ToString()
    {
        double[] deviation = ChannelDeviation(), natural = ChannelNaturalVariance();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Node}: {deviation.Length} channels, deviation {deviation.Min():g3} to {deviation.Max():g3}, natural variance "
            + $"{natural.Min():g3} to {natural.Max():g3}");
    }

    private static double[] PerChannel(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(float64).reshape(values.shape[0], -1).mean([1]).cpu().data<double>().ToArray();
    }
}
