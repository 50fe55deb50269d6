using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Prunes the channels whose removal changes the task loss least to first order: the mean over images of |Σ_positions activation ·
/// gradient| (Molchanov et al., "Pruning convolutional neural networks for resource efficient inference", 2017), taken at the
/// pre-activation.
/// </summary>
/// <param name="imagesPerBatch">How many images go through the network at once, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="imagesPerBatch"/> is below 1.</exception>
public sealed class TaylorPolicy(int imagesPerBatch = 32) : IPruningPolicy
{
    private readonly int _imagesPerBatch = imagesPerBatch >= 1
        ? imagesPerBatch : throw new ArgumentOutOfRangeException(nameof(imagesPerBatch), imagesPerBatch, "A batch needs an image.");

    /// <inheritdoc/>
    public string Name => "Taylor";

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        using var evaluation = new EvaluationMode(context.Network);
        var scores = context.Groups.ToDictionary(group => group, group => new double[group.Width]);
        GraphNode[] nodes = [.. context.Groups.Select(group => group.PreActivation).Append(context.Network.Output).Distinct()];
        for (var first = 0L; first < context.Images.shape[0]; first += _imagesPerBatch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var images = context.Images.narrow(0, first, Math.Min(_imagesPerBatch, context.Images.shape[0] - first));

            // The images ask for a gradient so that frozen weights do not cut the chain.
            var values = context.Network.Run(images.detach().requires_grad_(true), nodes);
            var loss = context.TaskLoss(values[context.Network.Output], first);
            var activations = context.Groups.Select(group => values[group.PreActivation]).ToList();
            var gradients = autograd.grad([loss], activations);
            for (var index = 0; index < activations.Count; index++)
                Add(scores[context.Groups[index]], activations[index], gradients[index], (double)images.shape[0] / context.Images.shape[0]);
        }

        return scores;
    }

    // The task loss is a mean over the batch, so a batch counts by its share of the images. A channel may hold several features.
    private static void Add(double[] scores, Tensor activation, Tensor gradient, double share)
    {
        var product = (activation.detach() * gradient.detach()).to(float64);
        var perChannel = product.reshape(product.shape[0], scores.Length, -1).sum(2).abs().sum([0]).data<double>();
        for (var channel = 0; channel < scores.Length; channel++)
            scores[channel] += share * perChannel[channel];
    }
}
