using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Saturation: <c>x + s(x − y)</c> with the luma <c>y = 0.299 R + 0.587 G + 0.114 B</c> (ITU-R BT.601) in every channel. For images of
/// three channels in the order R, G, B.
/// </summary>
/// <param name="lower">The least s; −1 makes the image grey.</param>
/// <param name="upper">The greatest s.</param>
/// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
public sealed class Saturation(double lower, double upper)
    : AffineTransform(new ParameterRange("saturation", lower, upper)), IDescribedTransform
{
    /// <inheritdoc/>
    public override LinearPart LinearPart => new([1], [-1], Luma);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or has not three channels.</exception>
    public override Tensor Directions(Tensor image)
    {
        RequireMap(image);
        if (image.shape[0] != 3)
            throw new ArgumentException($"Saturation is of images of three channels, but this one has {image.shape[0]}.", nameof(image));
        using var scope = NewDisposeScope();
        var images = image.unsqueeze(0);
        return (images - Luma(images)).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => 3;

    TransformDescription IDescribedTransform.Describe() => new SaturationDescription();

    private static Tensor Luma(Tensor images)
    {
        using var scope = NewDisposeScope();
        var weights = tensor(new[] { 0.299, 0.587, 0.114 }, [1, 3, 1, 1], dtype: images.dtype, device: images.device);
        return (images * weights).sum([1], keepdim: true).MoveToOuterDisposeScope();
    }
}
