using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// Pulls neurons towards being unbiased and smooth, and channels towards a clear cut. Two terms, each a one-dimensional Wasserstein
/// distance W_p raised to p, which for samples of equal size is the mean |a₍ₖ₎ − b₍ₖ₎|^p of the sorted values:
/// <list type="bullet">
/// <item><b>deviation</b>: between the law of each neuron over θ and its clean value, so E|Δ|^p, averaged over neurons;</item>
/// <item><b>concentration</b>: between the sorted contributions of all channels and a target that is 0 for the share to keep and the
/// (detached) mean of the others for the share to prune.</item>
/// </list>
/// Both are relative to each layer's spread, the variance of its clean values across the batch, so that layers count alike. The spread is
/// part of the gradient: were it detached, the loss would pull a layer's scale towards zero, and the network with it.
/// Stateless and thread-safe.
/// </summary>
public sealed class WassersteinLoss
{
    private readonly WassersteinLossOptions _options;

    /// <summary>Creates the loss.</summary>
    /// <param name="options">Weights and exponents; defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public WassersteinLoss(WassersteinLossOptions? options = null)
    {
        _options = options ?? new WassersteinLossOptions();
        _options.Validate();
    }

    /// <summary>The weighted sum of both terms; differentiable in the values.</summary>
    /// <param name="clean">Pre-activations of the clean images, each <c>[B, C, ...]</c>.</param>
    /// <param name="perturbed">Those of the images under S parameter values each, <c>[S·B, C, ...]</c>, in S blocks of B.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    /// <exception cref="ArgumentException">There is no layer, or the values do not fit each other.</exception>
    public Tensor Evaluate(IReadOnlyDictionary<GraphNode, Tensor> clean, IReadOnlyDictionary<GraphNode, Tensor> perturbed)
    {
        if (clean.Count == 0)
            throw new ArgumentException("There is no pre-activation to measure.", nameof(clean));
        using var scope = NewDisposeScope();
        var contributions = clean.Select(entry => Contributions(entry.Value, perturbed[entry.Key])).ToList();

        // Each layer's mean over channels, so that wide layers do not count more.
        var deviation = stack(contributions.Select(layer => layer.mean()).ToArray()).mean();
        var loss = deviation * _options.DeviationWeight;
        if (_options.ConcentrationWeight > 0)
            loss = loss + (Concentration(cat(contributions.ToArray(), 0)) * _options.ConcentrationWeight);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>The contribution of each channel of one layer: E|Δ|^p over θ, images and positions, relative to the spread: <c>[C]</c>.</summary>
    internal Tensor Contributions(Tensor clean, Tensor perturbed)
    {
        if (perturbed.shape[0] % clean.shape[0] != 0 || !perturbed.shape.Skip(1).SequenceEqual(clean.shape.Skip(1)))
            throw new ArgumentException($"Perturbed values [{string.Join(", ", perturbed.shape)}] are no blocks of [{string.Join(", ", clean.shape)}].", nameof(perturbed));
        using var scope = NewDisposeScope();
        var moved = perturbed.reshape([-1, .. clean.shape]) - clean.unsqueeze(0);
        var spread = (clean.var(0, unbiased: false).mean() + 1e-12).pow(_options.Order / 2);
        var channelsFirst = moved.abs().pow(_options.Order).flatten(0, 1).transpose(0, 1).flatten(1);
        return (channelsFirst.mean([1]) / spread).MoveToOuterDisposeScope();
    }

    /// <summary>The concentration term of all channels' contributions <c>[N]</c>.</summary>
    internal Tensor Concentration(Tensor contributions)
    {
        using var scope = NewDisposeScope();
        var count = contributions.shape[0];
        var kept = count - (long)Math.Round(_options.RatioToCome * count, MidpointRounding.AwayFromZero);
        var (sorted, _) = contributions.sort(0);
        var target = zeros_like(sorted);
        if (kept < count)
            target.narrow(0, kept, count - kept).copy_(sorted.detach().narrow(0, kept, count - kept).mean().expand(count - kept));
        return (sorted - target).abs().pow(_options.Order).mean().MoveToOuterDisposeScope();
    }
}
