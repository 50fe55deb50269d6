using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Brightness: <c>x + b</c>, the same in every pixel and channel.</summary>
/// <param name="lower">The least b, in units of the full range of [0, 1].</param>
/// <param name="upper">The greatest b.</param>
/// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
public sealed class Brightness(double lower, double upper)
    : AffineTransform(new ParameterRange("brightness", lower, upper)), IDescribedTransform
{
    /// <inheritdoc/>
    public override LinearPart LinearPart => new(0);

    /// <inheritdoc/>
    public override Tensor Directions(Tensor image) => ones_like(image).unsqueeze(0);

    internal override long Terms(long values) => 1;

    TransformDescription IDescribedTransform.Describe() => new BrightnessDescription();
}
