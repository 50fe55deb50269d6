using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>A shadow: <c>x (1 − θ m)</c> with a mask m. θ = 1 makes it black where the mask is 1; a negative θ is light instead.</summary>
/// <param name="lower">The least darkness θ.</param>
/// <param name="upper">The greatest darkness.</param>
/// <param name="mask">Where the shadow lies, of the image's size.</param>
/// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
public sealed class Shadow(double lower, double upper, Mask mask)
    : GainField(new ParameterRange("shadow", lower, upper)), IDescribedTransform
{
    /// <summary>Where the shadow lies.</summary>
    public Mask Mask { get; } = mask ?? throw new ArgumentNullException(nameof(mask));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is of another size than the mask.</exception>
    public override Tensor Fields(Tensor image)
    {
        using var scope = NewDisposeScope();
        return (-Mask.Like(image)).unsqueeze(0).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => 1;

    TransformDescription IDescribedTransform.Describe() => new ShadowDescription(Mask.Height, Mask.Width, Mask.ToBytes());
}
