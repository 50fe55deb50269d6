using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Brightness: <c>x + b</c>, the same in every pixel and channel.</summary>
public sealed class Brightness : ISemanticTransform
{
    /// <summary>Creates the transform.</summary>
    /// <param name="lower">The least b, in units of the full range of [0, 1].</param>
    /// <param name="upper">The greatest b.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    public Brightness(double lower, double upper) => Parameters = [new ParameterRange("brightness", lower, upper)];

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <inheritdoc/>
    public Tensor Directions(Tensor image) => ones_like(image).unsqueeze(0);
}
