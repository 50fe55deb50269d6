using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// The blur of a camera that moves along a line while it looks: the mean of the image at equally spaced places along a stretch about each pixel, whose
/// length in pixels is the parameter. 0 is sharp. Bilinear between pixels; not affine in the length, and enclosed like an <see cref="AffineWarp"/>.
/// </summary>
public sealed class MotionBlur : ISemanticTransform, IDescribedTransform
{
    /// <summary>The greatest length in pixels.</summary>
    public const double MostLength = 64;

    private readonly OffsetBlur _blur;

    /// <summary>Creates the transform. It looks at two places for each pixel of the greatest length and one more, at least three.</summary>
    /// <param name="lower">The least length in pixels; not negative.</param>
    /// <param name="upper">The greatest length in pixels; at most <see cref="MostLength"/>.</param>
    /// <param name="angle">The line's direction in degrees: 0 along x, 90 along y.</param>
    /// <param name="edges">What it takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or a length or the angle is out of its range.</exception>
    public MotionBlur(double lower, double upper, double angle = 0, WarpEdges edges = WarpEdges.Border)
        : this(new ParameterRange("motion blur", lower, upper), angle, edges, (2 * (int)Math.Ceiling(Math.Clamp(upper, 1, MostLength))) + 1)
    {
    }

    internal MotionBlur(ParameterRange range, double angle, WarpEdges edges, int samples)
    {
        if (range.Lower < 0 || range.Upper > MostLength)
            throw new ArgumentOutOfRangeException(nameof(range), range, $"The length of a motion blur is in [0, {MostLength}] pixels.");
        SoftEdge.RequireFinite(angle, nameof(angle));
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, 1 << 10);
        Parameters = [range];
        Angle = angle;
        Edges = Enum.IsDefined(edges) ? edges : throw new ArgumentOutOfRangeException(nameof(edges), edges, "Unknown edges.");
        var (sine, cosine) = Math.SinCos(angle * Math.PI / 180);
        _blur = new OffsetBlur([.. Enumerable.Range(0, samples).Select(sample => ((sample + 0.5) / samples) - 0.5).Select(place => (place * cosine, place * sine))], edges);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>The line's direction in degrees.</summary>
    public double Angle { get; }

    /// <summary>What the blur takes over the edges.</summary>
    public WarpEdges Edges { get; }

    /// <summary>How many places it looks at.</summary>
    public int Samples => _blur.Offsets.Count;

    internal OffsetBlur Blur => _blur;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or θ has a wrong shape.</exception>
    public Tensor Move(Tensor image, Tensor theta)
    {
        using var scope = NewDisposeScope();
        return _blur.Moved(image.unsqueeze(0), theta).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c>, or θ has a wrong shape.</exception>
    public Tensor MoveEach(Tensor images, Tensor theta) => _blur.Moved(images, theta);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or a box has another dimension.</exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes) => _blur.Enclose(image, boxes);

    TransformDescription IDescribedTransform.Describe() => new MotionBlurDescription(Angle, Edges, Samples);
}
