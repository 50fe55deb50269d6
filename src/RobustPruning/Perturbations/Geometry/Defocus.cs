using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// The blur of a lens out of focus: the mean of the image over a disc about each pixel, whose radius in pixels is the parameter. 0 is sharp. The disc is
/// seen at places of equal area each, along a spiral, bilinear between pixels; not affine in the radius, and enclosed like an <see cref="AffineWarp"/>.
/// </summary>
public sealed class Defocus : ISemanticTransform, IDescribedTransform
{
    /// <summary>The greatest radius in pixels.</summary>
    public const double MostRadius = 8;

    private const int LeastSamples = 19;

    // The angle between neighbours on the spiral, of which no few make a whole turn.
    private static readonly double GoldenAngle = Math.PI * (3 - Math.Sqrt(5));

    private readonly OffsetBlur _blur;

    /// <summary>Creates the transform. It looks at four places for each square of the greatest radius, at least 19.</summary>
    /// <param name="lower">The least radius in pixels; not negative.</param>
    /// <param name="upper">The greatest radius in pixels; at most <see cref="MostRadius"/>.</param>
    /// <param name="edges">What it takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or a radius is out of its range.</exception>
    public Defocus(double lower, double upper, WarpEdges edges = WarpEdges.Border)
        : this(new ParameterRange("defocus", lower, upper), edges, Math.Max(LeastSamples, (int)Math.Ceiling(4 * Math.Pow(Math.Clamp(upper, 0, MostRadius), 2))))
    {
    }

    internal Defocus(ParameterRange range, WarpEdges edges, int samples)
    {
        if (range.Lower < 0 || range.Upper > MostRadius)
            throw new ArgumentOutOfRangeException(nameof(range), range, $"The radius of a defocus is in [0, {MostRadius}] pixels.");
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, 1 << 10);
        Parameters = [range];
        Edges = Enum.IsDefined(edges) ? edges : throw new ArgumentOutOfRangeException(nameof(edges), edges, "Unknown edges.");
        _blur = new OffsetBlur([.. Enumerable.Range(0, samples).Select(sample =>
        {
            var (sine, cosine) = Math.SinCos(sample * GoldenAngle);
            var distance = Math.Sqrt((sample + 0.5) / samples);
            return (distance * cosine, distance * sine);
        })], edges);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

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

    TransformDescription IDescribedTransform.Describe() => new DefocusDescription(Edges, Samples);
}
