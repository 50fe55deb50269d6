using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// How much the relaxations of unstable neurons widen the bounds of the outputs, to first order: Σ μ·|∂y/∂a| over all neurons, averaged
/// over images. μ is half the height of the neuron's relaxation, a its activation, y a sum of all outputs with random signs. μ·∂y/∂a is
/// the generator at the output of the noise symbol that the zonotope adds at the neuron, as long as the neurons behind it keep their
/// slopes. So unlike <see cref="RelaxationAreaLoss"/> it counts a neuron by what its relaxation costs at the output. Coordinates are in
/// units of half the image's size, as in <see cref="KeypointLoss"/>. Least and greatest pre-activations come from the middle and corners
/// of a random part of the set, of the size of a box to which bisection will come. Max pooling does not count. The gradient is a second
/// derivative of the network. Immutable and thread-safe.
/// </summary>
/// <example>
/// <code>
/// var loss = new SampledLoss() + (0.25 * new RelaxationAttributionLoss());
/// </code>
/// </example>
public sealed class RelaxationAttributionLoss : TrainingLoss
{
    private readonly double _share;
    private readonly double _warmup;
    private readonly HeatmapDecoder? _decoder;

    /// <summary>Creates the loss.</summary>
    /// <param name="share">The sides of the part, as a share of those of the set; in (0, 1].</param>
    /// <param name="decoder">
    /// For a network that gives heatmaps, the soft arg max that reads them; null for coordinates, or to take heatmaps as they are.
    /// </param>
    /// <param name="warmup">
    /// The share of the training over which the loss grows from 0 to its full value, so that the task is learnt first; in [0, 1].
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in (0, 1], or the warm-up not in [0, 1].</exception>
    /// <exception cref="ArgumentException">The decoder is no soft arg max: an arg max moves in steps, which have no gradient.</exception>
    public RelaxationAttributionLoss(double share = 0.1, HeatmapDecoder? decoder = null, double warmup = 0.3)
    {
        if (decoder is not (null or { Decoding: HeatmapDecoding.SoftArgMax }))
        {
            throw new ArgumentException(
                $"The decoder is an {decoder}; the loss needs a soft arg max, or null for the maps themselves.", nameof(decoder));
        }

        if (!(share > 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share is in (0, 1].");
        if (!(warmup >= 0 && warmup <= 1))
            throw new ArgumentOutOfRangeException(nameof(warmup), warmup, "The warm-up is in [0, 1].");
        (_share, _warmup) = (share, warmup);
        _decoder = decoder;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"relaxation attribution (share {_share:r}, warmed up over {_warmup:r}{(_decoder is null ? string.Empty : $", {_decoder}")})");

    /// <inheritdoc/>
    protected override Tensor Evaluate(TrainingBatch batch)
    {
        ActivationNode[] activations = [.. batch.Network.Nodes.OfType<ActivationNode>().Where(activation => activation.MeasuresNeurons)];
        if (activations.Length == 0)
            throw new ArgumentException("The network has no activation to measure.", nameof(batch));

        using var withGradient = enable_grad();
        var thetas = batch.DrawPlaces(batch.DrawBox(_share));
        var images = batch.ImagesAt(thetas).requires_grad_();
        var kept = activations.SelectMany(activation => new[] { activation.PreActivation, activation }).Append(batch.Network.Output);
        var values = batch.Network.Run(images, [.. kept.Distinct()]);
        var count = batch.Images.shape[0];
        var output = values[batch.Network.Output].narrow(0, 0, count).flatten(1);
        var read = _decoder is null ? output : SoftPositions.Of(_decoder, output);
        if (read.shape[1] % 2 == 0 && (_decoder is not null || batch.Network.Output.Shape is [_] or [_, 2]))
            read = read * InHalfSizes(batch.Images, read);
        var combination = (read * batch.DrawSigns(read)).sum();
        var gradients = Gradients.Differentiable(combination, [.. activations.Select(activation => values[activation])]);
        return activations.Zip(gradients, (activation, gradient) =>
        {
            var sampled = values[activation.PreActivation].reshape([thetas.Count, count, .. activation.Shape]);
            var relaxation = RelaxationAreaLoss.Over(
                sampled.amin([0]), sampled.amax([0]), (lower, upper) => Relaxation.Of(activation, lower, upper));
            return (relaxation.Size * gradient.narrow(0, 0, count).abs()).sum() / Scalars.Of(count);
        }).Aggregate((sum, layer) => sum.Plus(layer)) * Scalars.Of(_warmup == 0 ? 1 : Math.Min(1, batch.Progress / _warmup));
    }

    /// <summary>Factors from pixels to half image sizes, x and y in turn.</summary>
    private static Tensor InHalfSizes(Tensor images, Tensor coordinates)
    {
        double[] factors = [2.0 / images.shape[3], 2.0 / images.shape[2]];
        return tensor(factors, dtype: coordinates.dtype, device: coordinates.device).repeat(coordinates.shape[1] / 2);
    }
}
