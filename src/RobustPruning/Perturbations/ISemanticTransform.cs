using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A change of the scene that moves an image x₀ by parameters θ: <c>h(x₀, θ) = x₀ + Σ_k θ_k D_k(x₀)</c>, before the camera clips it.
/// θ = 0 is no change. Implement it to add a transform of your own. Implementations are immutable.
/// </summary>
public interface ISemanticTransform
{
    /// <summary>The transform's parameters with their ranges, in order; at least one.</summary>
    IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>The directions D_k(x₀) in which the parameters move an image.</summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <returns><c>[d, C, H, W]</c>, one direction for each of <see cref="Parameters"/>; the caller owns it.</returns>
    Tensor Directions(Tensor image);
}
