using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>The natural scale of a layer: how much its clean values vary across the images of a batch.</summary>
internal static class LayerSpread
{
    // A layer that says the same about every image counts as one that says very little.
    private const double Least = 1e-12;

    /// <summary>The variance across images, averaged over neurons; differentiable.</summary>
    /// <param name="clean">Values of the clean images, <c>[B, ...]</c>, B at least 2.</param>
    /// <returns>A positive scalar; the caller owns it.</returns>
    public static Tensor Variance(Tensor clean)
    {
        using var scope = NewDisposeScope();

        // Moves about the mean add up to zero, so that the mean's own gradient vanishes and it may be held fixed.
        var mean = clean.detach().mean([0], keepdim: true).expand(clean.shape);
        return nn.functional.mse_loss(clean, mean).Plus(Scalars.Of(Least)).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses values of a layer that are no blocks of its clean values <c>[B, C, ...]</c>, or a single image.</summary>
    public static void RequireBlocks(Tensor clean, Tensor perturbed, int layer)
    {
        if (clean.dim() < 2 || clean.numel() == 0 || clean.shape[0] < 2)
            throw new ArgumentException(
                $"Layer {layer}: the clean values are [{string.Join(", ", clean.shape)}], but must be [B, C, ...] with B at least 2, as "
                + $"the spread is one across images.",
                nameof(clean));
        if (perturbed.dim() != clean.dim()
            || perturbed.shape[0] == 0
            || perturbed.shape[0] % clean.shape[0] != 0
            || !perturbed.shape.Skip(1).SequenceEqual(clean.shape.Skip(1)))
            throw new ArgumentException(
                $"Layer {layer}: the perturbed values [{string.Join(", ", perturbed.shape)}] are no blocks of the clean ones, "
                + $"[{string.Join(", ", clean.shape)}].",
                nameof(perturbed));
    }
}
