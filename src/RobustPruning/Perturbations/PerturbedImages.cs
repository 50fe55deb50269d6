using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// The images that a batch of parameter boxes reaches from one image: for box i they lie in
/// <c>{ clip(centre_i + Σ_k ξ_k generator_ik + radius_i ⊙ s) : ξ ∈ [−1, 1]^g, s ∈ [−1, 1]^(C×H×W) }</c>. The first d of the g generators
/// are those of the parameters, ξ_k the k-th parameter's place between its limits; the others are those of products of parameters, for
/// the whole image too. It owns its tensors.
/// </summary>
public sealed class PerturbedImages : IDisposable
{
    /// <summary>Takes over the tensors.</summary>
    /// <param name="centre"><c>[B, C, H, W]</c>, before clipping.</param>
    /// <param name="generators"><c>[B, g, C, H, W]</c>, g ≥ d, before clipping.</param>
    /// <param name="clip">Whether the camera clips the values to [0, 1].</param>
    /// <param name="radius">
    /// An error of each value for itself, before clipping: <c>[B, C, H, W]</c>, not negative; null if there is none.
    /// </param>
    public PerturbedImages(Tensor centre, Tensor generators, bool clip, Tensor? radius = null)
    {
        Centre = centre;
        Generators = generators;
        Clip = clip;
        Radius = radius;
    }

    /// <summary>The images at the boxes' centres, before clipping: <c>[B, C, H, W]</c>.</summary>
    public Tensor Centre { get; }

    /// <summary>How far each parameter, and behind them each product of parameters, moves each value: <c>[B, g, C, H, W]</c>.</summary>
    public Tensor Generators { get; }

    /// <summary>
    /// How far each value may lie beside that, whatever the others do, before clipping: <c>[B, C, H, W]</c>; null if nowhere.
    /// </summary>
    public Tensor? Radius { get; }

    /// <summary>Whether the camera clips the values to [0, 1].</summary>
    public bool Clip { get; }

    /// <summary>
    /// How far rounding may have moved each value of centre and generators together, whatever the parameters: 0 where their numbers are
    /// meant as they stand. The radius has its own in it. Whoever makes images has to say it, for bounds of a network are sound only with
    /// it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not a number.</exception>
    public required double RoundingError
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(RoundingError), value, "It is not negative.");
    }

    /// <summary>The number of boxes B.</summary>
    public long Boxes => Centre.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
        Radius?.Dispose();
    }
}
