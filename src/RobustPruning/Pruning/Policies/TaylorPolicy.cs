using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Prunes the channels whose removal changes the task loss least to first order: the mean over images of |Σ_positions activation ·
/// gradient| (Molchanov et al., "Pruning convolutional neural networks for resource efficient inference", 2017), taken at the
/// pre-activation; the sum over them where a group has several.
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
        GraphNode[] measured = [.. context.Groups.SelectMany(group => group.PreActivations).Select(layer => layer.Node).Distinct()];
        for (var first = 0L; first < context.Images.shape[0]; first += _imagesPerBatch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var images = context.Images.narrow(0, first, Math.Min(_imagesPerBatch, context.Images.shape[0] - first));

            // The images ask for a gradient so that frozen weights do not cut the chain.
            var values = context.Network.Run(images.detach().requires_grad_(true), [.. measured.Append(context.Network.Output).Distinct()]);
            var loss = context.TaskLoss(values[context.Network.Output], first);
            var activations = measured.Select(node => values[node]).ToList();
            var gradients = Gradients.Of(loss, activations);
            var products = measured
                .Index()
                .ToDictionary(node => node.Item, node => PerEntry(activations[node.Index], gradients[node.Index]));
            foreach (var (group, sums) in scores)
            {
                foreach (var layer in group.PreActivations)
                    Add(sums, layer, products[layer.Node], context.Images.shape[0]);
            }
        }

        return scores;
    }

    /// <summary>
    /// Activation times gradient of each image and entry, the sum over positions, times the images: the task loss is a mean over the batch.
    /// </summary>
    private static double[][] PerEntry(Tensor activation, Tensor gradient)
    {
        var product = (activation.detach() * gradient.detach()).to(float64) * Scalars.Of(activation.shape[0]);
        return
        [
            .. product.reshape(product.shape[0], product.shape[1], -1).sum(2).cpu().data<double>().ToArray().Chunk((int)product.shape[1]),
        ];
    }

    private static void Add(double[] sums, ChannelEntries layer, double[][] products, long images)
    {
        foreach (var image in products)
        {
            var perChannel = layer.Sum(image);
            for (var channel = 0; channel < sums.Length; channel++)
                sums[channel] += Math.Abs(perChannel[channel]) / images;
        }
    }
}
