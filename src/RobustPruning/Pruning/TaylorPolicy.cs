using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Prunes the channels whose removal changes the task loss least to first order: the mean over images of |Σ_positions activation ·
/// gradient| (Molchanov et al., "Pruning convolutional neural networks for resource efficient inference", 2017), taken at the
/// pre-activation.
/// </summary>
/// <param name="imagesPerBatch">How many images go through the network at once, at least 1.</param>
public sealed class TaylorPolicy(int imagesPerBatch = 32) : IPruningPolicy
{
    /// <inheritdoc/>
    public string Name => "Taylor";

    /// <inheritdoc/>
    public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default)
    {
        using var evaluation = new EvaluationMode(context.Network);
        var scores = context.Groups.ToDictionary(group => group, group => new double[group.Width]);
        GraphNode[] nodes = [.. context.Groups.Select(group => group.PreActivation).Append(context.Network.Output).Distinct()];
        for (var first = 0L; first < context.Images.shape[0]; first += imagesPerBatch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var images = context.Images.narrow(0, first, Math.Min(imagesPerBatch, context.Images.shape[0] - first));

            // The images ask for a gradient so that frozen weights do not cut the chain.
            var values = context.Network.Run(images.detach().requires_grad_(true), nodes);
            var loss = context.TaskLoss(values[context.Network.Output], first);
            var activations = context.Groups.Select(group => values[group.PreActivation]).ToList();
            var gradients = autograd.grad([loss], activations);
            for (var index = 0; index < activations.Count; index++)
                Add(scores[context.Groups[index]], activations[index], gradients[index]);
        }

        return scores;
    }

    private static void Add(double[] scores, Tensor activation, Tensor gradient)
    {
        var product = (activation.detach() * gradient.detach()).to(float64);
        var perChannel = product.reshape(product.shape[0], product.shape[1], -1).sum(2).abs().sum([0]).data<double>();
        for (var channel = 0; channel < scores.Length; channel++)
            scores[channel] += perChannel[channel];
    }
}
