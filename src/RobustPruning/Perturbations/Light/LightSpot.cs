using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>A spot of light: <c>x + θ m c</c> with a mask m, a Gaussian say, and a colour c.</summary>
public sealed class LightSpot : AffineTransform, IDescribedTransform
{
    private readonly double[] _colour;

    /// <summary>Creates the transform.</summary>
    /// <param name="lower">The least strength θ.</param>
    /// <param name="upper">The greatest strength.</param>
    /// <param name="mask">The spot's shape, of the image's size: <see cref="Mask.Gaussian"/>.</param>
    /// <param name="colour">c in [0, 1]: one value for all channels, or one a channel. White, 1, if none is given.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or a colour is not in [0, 1].</exception>
    public LightSpot(double lower, double upper, Mask mask, params IReadOnlyList<double> colour)
        : base(new ParameterRange("light spot", lower, upper))
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(colour);
        foreach (var value in colour)
        {
            if (!(value >= 0 && value <= 1))
                throw new ArgumentException($"The colour {value} is not in [0, 1].", nameof(colour));
        }

        Mask = mask;
        _colour = colour.Count == 0 ? [1] : [.. colour];
    }

    /// <summary>The spot's shape.</summary>
    public Mask Mask { get; }

    /// <summary>The colour: one value for all channels, or one a channel.</summary>
    public IReadOnlyList<double> Colour => _colour;

    /// <inheritdoc/>
    public override LinearPart LinearPart => new(0);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The image is of another size than the mask, or has another number of channels than the colour.
    /// </exception>
    public override Tensor Directions(Tensor image)
    {
        using var scope = NewDisposeScope();
        var spot = Mask.Like(image);
        if (_colour.Length > 1 && _colour.Length != image.shape[0])
            throw new ArgumentException($"The colour has {_colour.Length} channels, but the image has {image.shape[0]}.", nameof(image));
        var colour = tensor(_colour, [_colour.Length, 1, 1], dtype: image.dtype, device: image.device);
        return (spot * colour).expand(image.shape).contiguous().unsqueeze(0).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => 2;

    TransformDescription IDescribedTransform.Describe() => new LightSpotDescription(Mask.Height, Mask.Width, Mask.ToBytes(), _colour);
}
