using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// Pulls neurons towards being unbiased and smooth, and channels towards a clear cut. Two terms, each a one-dimensional Wasserstein
/// distance W_p raised to p:
/// <list type="bullet">
/// <item><b>deviation</b>: between the law of each neuron over θ and its clean value, so E|Δ|^p, averaged over neurons;</item>
/// <item><b>concentration</b>: between the contributions of all channels and a target that is 0 for the share to keep and the
/// (detached) mean of the others for the share to prune.</item>
/// </list>
/// Both are relative to each layer's spread, the variance of its clean values across the batch, so that layers count alike. The spread is
/// part of the gradient: were it detached, the loss would pull a layer's scale towards zero, and the network with it.
/// Immutable and thread-safe.
/// </summary>
/// <example>
/// In a training loop of your own:
/// <code>
/// var wasserstein = new WassersteinLoss();
/// using var term = wasserstein.Of(network.Graph, images, light, random);
/// using var loss = task + TrainingLoss.Relative(term, task, weight: 3);
/// </code>
/// </example>
public sealed class WassersteinLoss : TrainingLoss
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

    /// <summary>The weighted sum of both terms for values already computed; differentiable in them.</summary>
    /// <param name="clean">Each layer's pre-activations of B clean images, <c>[B, C, ...]</c>, B at least 2; at least one layer.</param>
    /// <param name="perturbed">
    /// Those of the images under S parameter values each, <c>[S·B, C, ...]</c>, in S blocks of B; S at least 1.
    /// </param>
    /// <returns>A scalar; the caller owns it.</returns>
    /// <exception cref="ArgumentException">There is no layer, or the values do not fit each other.</exception>
    public Tensor Of(IReadOnlyList<Tensor> clean, IReadOnlyList<Tensor> perturbed)
    {
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(perturbed);
        if (clean.Count == 0)
            throw new ArgumentException("There is no layer to measure.", nameof(clean));
        if (clean.Count != perturbed.Count)
            throw new ArgumentException(
                $"There are clean values of {clean.Count} layers, but perturbed values of {perturbed.Count}.",
                nameof(perturbed));
        for (var layer = 0; layer < clean.Count; layer++)
            LayerSpread.RequireBlocks(clean[layer], perturbed[layer], layer);

        using var scope = NewDisposeScope();
        Tensor[] contributions = [.. clean.Select((values, layer) => Contributions(values, perturbed[layer]))];

        // Each layer's mean over channels, so that wide layers do not count more.
        var loss = stack([.. contributions.Select(layer => layer.mean())]).mean() * Scalars.Of(_options.DeviationWeight);
        if (_options.ConcentrationWeight > 0)
            loss = loss.Plus(Concentration(cat(contributions, 0)) * Scalars.Of(_options.ConcentrationWeight));
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string ToString() => $"Wasserstein ({_options})";

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch)
    {
        if (batch.Samples == 0)
            throw new ArgumentException(
                "The Wasserstein loss compares with perturbed copies: the batch needs at least 1 sample, but has 0.",
                nameof(batch));

        // Split, not narrowed twice: the gradient of a split is put together in one pass.
        Tensor[][] parts = [.. batch.Network.PreActivations.Select(node => batch.PreActivation(node).split([1, batch.Samples], 0))];
        return Of([.. parts.Select(part => part[0].flatten(0, 1))], [.. parts.Select(part => part[1].flatten(0, 1))]);
    }

    /// <summary>
    /// The contribution of each channel of one layer: E|Δ|^p over θ, images and positions, relative to the spread: <c>[C]</c>.
    /// </summary>
    private Tensor Contributions(Tensor clean, Tensor perturbed)
    {
        var blocks = perturbed.reshape([-1, .. clean.shape]);
        var at = clean.unsqueeze(0).expand(blocks.shape);
        var moves = _options.Order switch
        {
            2 => nn.functional.mse_loss(blocks, at, nn.Reduction.None),
            1 => (blocks - at).abs(),
            var order => (blocks - at).abs().pow(Scalars.Of(order)),
        };

        // Neighbours in memory first: one sum over all other dimensions jumps from channel to channel.
        var channels = (moves.dim() == 3 ? moves : moves.flatten(3).mean([3])).mean([0, 1]);
        return channels / LayerSpread.Variance(clean).pow(Scalars.Of(_options.Order / 2));
    }

    /// <summary>The concentration term of all channels' contributions <c>[N]</c>.</summary>
    private Tensor Concentration(Tensor contributions)
    {
        var count = contributions.shape[0];
        var kept = count - (long)Math.Round(_options.RatioToCome * count, MidpointRounding.AwayFromZero);
        var target = zeros_like(contributions);
        if (kept < count)
        {
            var greatest = contributions.detach().sort(0).Values.narrow(0, kept, count - kept);
            target.narrow(0, kept, count - kept).copy_(greatest.mean().expand(count - kept));
        }

        return WassersteinDistance.ToThePower(contributions, target, _options.Order);
    }
}
