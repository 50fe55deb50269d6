using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// The images that a batch of parameter boxes reaches from one image: for box i,
/// <c>{ clip(centre_i + Σ_k ξ_k generator_ik) : ξ ∈ [−1, 1]^d }</c>. It owns its tensors.
/// </summary>
public sealed class PerturbedImages : IDisposable
{
    /// <summary>Takes over the tensors.</summary>
    /// <param name="centre"><c>[B, C, H, W]</c>, before clipping.</param>
    /// <param name="generators"><c>[B, d, C, H, W]</c>, before clipping.</param>
    /// <param name="clip">Whether the camera clips the values to [0, 1].</param>
    public PerturbedImages(Tensor centre, Tensor generators, bool clip)
    {
        Centre = centre;
        Generators = generators;
        Clip = clip;
    }

    /// <summary>The images at the boxes' centres, before clipping: <c>[B, C, H, W]</c>.</summary>
    public Tensor Centre { get; }

    /// <summary>How far each parameter moves each value from centre to face: <c>[B, d, C, H, W]</c>.</summary>
    public Tensor Generators { get; }

    /// <summary>Whether the camera clips the values to [0, 1].</summary>
    public bool Clip { get; }

    /// <summary>The number of boxes B.</summary>
    public long Boxes => Centre.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
    }
}
