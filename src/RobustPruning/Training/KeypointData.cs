using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>Images with labelled keypoints. It owns its tensors.</summary>
public sealed class KeypointData : IDisposable
{
    /// <summary>Takes over the tensors; those that it converts are disposed.</summary>
    /// <param name="images">In [0, 1], <c>[N, C, H, W]</c>, N at least 1, floating point; or bytes, which are divided by 255.</param>
    /// <param name="labels">
    /// <c>x₀, y₀, x₁, y₁, ...</c> in pixels, <c>[N, 2K]</c> or <c>[N, K, 2]</c>, floating point or whole numbers; NaN where a label is
    /// missing.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The shapes do not fit each other, an image is not finite, or a tensor is of another type of numbers.
    /// </exception>
    public KeypointData(Tensor images, Tensor labels)
    {
        if (images.dim() != 4 || images.shape[0] == 0)
            throw new ArgumentException($"Images are [N, C, H, W], but these are [{string.Join(", ", images.shape)}].", nameof(images));
        var inPairs = labels.dim() == 3 && labels.shape[2] == 2;
        if (!(inPairs || (labels.dim() == 2 && labels.shape[1] % 2 == 0)) || labels.shape[0] != images.shape[0])
            throw new ArgumentException(
                $"Labels are [{images.shape[0]}, 2K] or [{images.shape[0]}, K, 2], but these are [{string.Join(", ", labels.shape)}].",
                nameof(labels));
        if (images.dtype == uint8)
            images = Converted(images, bytes => bytes.to(float32) / Scalars.Of(255));
        if (labels.is_integral())
            labels = Converted(labels, whole => whole.to(float32));
        if (inPairs)
            labels = Converted(labels, pairs => pairs.flatten(1));
        RealNumbers.Require(images, "Images", nameof(images));
        RealNumbers.Require(labels, "Labels", nameof(labels));
        using var scope = NewDisposeScope();
        if (!images.isfinite().all().item<bool>())
            throw new ArgumentException("An image contains NaN or infinity.", nameof(images));
        Images = images;
        Labels = labels;
    }

    /// <summary>In [0, 1], <c>[N, C, H, W]</c>.</summary>
    public Tensor Images { get; }

    /// <summary><c>[N, 2K]</c> in pixels; NaN where a label is missing.</summary>
    public Tensor Labels { get; }

    /// <summary>The number of images.</summary>
    public long Count => Images.shape[0];

    /// <summary>What a pruning policy may look at: the first images, with the keypoint loss on them.</summary>
    /// <param name="network">The network to prune.</param>
    /// <param name="set">What may change about an image.</param>
    /// <param name="images">How many images, at least 1; all if there are fewer.</param>
    /// <param name="heatmaps">The task of a network that gives heatmaps; null for one that gives coordinates.</param>
    /// <returns>The context, over a view of these images in the current dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="images"/> is below 1.</exception>
    public PruningContext ForPruning(Graph network, SemanticSet set, int images = 64, HeatmapLoss? heatmaps = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        var shape = network.Input.Shape;
        return new PruningContext(network, Images.narrow(0, 0, Math.Min(images, Count)), set,
            (outputs, first) => heatmaps is null
                ? KeypointLoss.MeanSquared(outputs.flatten(1), Labels.narrow(0, first, outputs.shape[0]), shape[1], shape[2])
                : heatmaps.Of(outputs, Labels.narrow(0, first, outputs.shape[0]), shape[1], shape[2]));
    }

    private static Tensor Converted(Tensor tensor, Func<Tensor, Tensor> convert)
    {
        using var scope = NewDisposeScope();
        using (tensor)
            return convert(tensor).MoveToOuterDisposeScope();
    }

    /// <summary>For example <c>200 images [3x64x64] with 4 keypoints</c>.</summary>
    public override string ToString() =>
        $"{Count} images [{string.Join('x', Images.shape.Skip(1))}] with {Labels.shape[1] / 2} "
        + $"keypoint{(Labels.shape[1] == 2 ? string.Empty : "s")}";

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
