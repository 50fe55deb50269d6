using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// What the zonotope loses at unstable neurons: for limits l &lt; 0 &lt; u of a ReLU's pre-activation −l·u/(u − l), the height of its
/// relaxation, and 0 for a stable one. Summed over neurons, averaged over images, relative to each layer's spread (the standard deviation
/// of its clean values across the batch) and summed over layers. Other activations count with the height of their own relaxation. Immutable
/// and thread-safe.
/// </summary>
public sealed class RelaxationAreaLoss : TrainingLoss
{
    // On a narrower interval there is nothing to lose, and the gradient of the slope would overflow.
    private const double LeastWidth = 1e-30;

    private readonly IBoundPropagator? _propagator;

    /// <summary>Creates the loss.</summary>
    /// <param name="propagator">
    /// Where the limits come from, for example <see cref="SemanticIntervalPropagator.ForTraining"/>. Null, the default: the least and
    /// greatest values at no change and at the batch's sampled parameters, which costs no further pass through the network.
    /// </param>
    public RelaxationAreaLoss(IBoundPropagator? propagator = null) => _propagator = propagator;

    /// <summary>The loss of ReLU layers for limits already computed; differentiable in all values.</summary>
    /// <param name="clean">Each layer's pre-activations of B clean images, <c>[B, C, ...]</c>, B at least 2; at least one layer.</param>
    /// <param name="lower">The lower limits, of the same shapes.</param>
    /// <param name="upper">The upper limits, of the same shapes, nowhere below the lower ones.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    /// <exception cref="ArgumentException">There is no layer, or the values do not fit each other.</exception>
    public static Tensor Of(IReadOnlyList<Tensor> clean, IReadOnlyList<Tensor> lower, IReadOnlyList<Tensor> upper)
    {
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(lower);
        ArgumentNullException.ThrowIfNull(upper);
        if (clean.Count == 0)
            throw new ArgumentException("There is no layer to measure.", nameof(clean));
        if (lower.Count != clean.Count || upper.Count != clean.Count)
            throw new ArgumentException(
                $"There are clean values of {clean.Count} layers, but limits of {lower.Count} and {upper.Count}.",
                nameof(lower));
        for (var layer = 0; layer < clean.Count; layer++)
        {
            if (!lower[layer].shape.SequenceEqual(clean[layer].shape) || !upper[layer].shape.SequenceEqual(clean[layer].shape))
                throw new ArgumentException(
                    $"Layer {layer}: the limits are [{string.Join(", ", lower[layer].shape)}] and "
                    + $"[{string.Join(", ", upper[layer].shape)}], but the clean values [{string.Join(", ", clean[layer].shape)}].",
                    nameof(lower));
            LayerSpread.RequireBlocks(clean[layer], clean[layer], layer);
        }

        using var scope = NewDisposeScope();
        return Sum(clean.Select((values, layer) => OfLayer(Over(lower[layer], upper[layer], Relaxation.OfRelu), values)))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string ToString() => $"relaxation area ({_propagator?.Name ?? "sampled"})";

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch)
    {
        ActivationNode[] activations = [.. batch.Network.Nodes.OfType<ActivationNode>().Where(activation => activation.MeasuresNeurons)];
        if (activations.Length == 0)
            throw new ArgumentException("The network has no activation to measure.", nameof(batch));
        if (_propagator is null && batch.Samples == 0)
            throw new ArgumentException("Sampled limits need at least 1 sample, but the batch has 0.", nameof(batch));
        if (batch.Images.shape[0] < 2)
            throw new ArgumentException("The spread is one across images: the batch needs at least 2, but has 1.", nameof(batch));

        var bounds = _propagator is null ? null : batch.Bounds(_propagator).PreActivations.ToDictionary(node => node.Node);
        return Sum(activations.Select(activation =>
        {
            var values = batch.PreActivation(activation.PreActivation);
            var relaxation = bounds?[activation.PreActivation] is { } known
                ? Over(known.Lower, known.Upper, (lower, upper) => Relaxation.Of(activation, lower, upper))
                : Sampled(activation, values);
            return OfLayer(relaxation, values[0]);
        }));
    }

    /// <summary>
    /// The relaxations over sampled values <c>[S + 1, B, ...]</c> of all neurons that have an error, in a row: few, and only they have a
    /// gradient.
    /// </summary>
    private static Relaxation Sampled(ActivationNode activation, Tensor values)
    {
        Tensor places;
        using (no_grad())
            places = Of(values).Size.flatten().nonzero().flatten();
        return Of(values.flatten(1).index_select(1, places));

        Relaxation Of(Tensor sampled) =>
            Over(sampled.amin([0]), sampled.amax([0]), (lower, upper) => Relaxation.Of(activation, lower, upper));
    }

    /// <summary>The relaxation between limits; where they are next to equal, that at 0.</summary>
    internal static Relaxation Over(Tensor lower, Tensor upper, Func<Tensor, Tensor, Relaxation> relax)
    {
        Tensor wide = (upper - lower).gt(Scalars.Of(LeastWidth)), nothing = zeros_like(lower);
        return relax(where(wide, lower, nothing), where(wide, upper, nothing));
    }

    /// <summary>A relaxation lies within slope·z + offset ± size, so its height is twice its size.</summary>
    private static Tensor OfLayer(Relaxation relaxation, Tensor clean) =>
        relaxation.Size.sum() * Scalars.Of(2.0 / clean.shape[0]) / LayerSpread.Variance(clean).sqrt();

    private static Tensor Sum(IEnumerable<Tensor> layers) => layers.Aggregate((sum, layer) => sum.Plus(layer));
}
