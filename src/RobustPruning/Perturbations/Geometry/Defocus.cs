namespace RobustPruning.Perturbations;

/// <summary>
/// The blur of a lens out of focus: the mean of the image over a disc about each pixel, whose radius in pixels is the parameter. 0 is
/// sharp. The disc is seen at places of equal area each, along a spiral, bilinear between pixels; not affine in the radius, and enclosed
/// like an <see cref="AffineWarp"/>.
/// </summary>
public sealed class Defocus : OffsetBlur
{
    /// <summary>The greatest radius in pixels.</summary>
    public const double MostRadius = 8;

    private const int LeastSamples = 19;

    // The angle between neighbours on the spiral, of which no few make a whole turn.
    private static readonly double GoldenAngle = Math.PI * (3 - Math.Sqrt(5));

    /// <summary>Creates the transform. It looks at four places for each square of the greatest radius, at least 19.</summary>
    /// <param name="lower">The least radius in pixels; not negative.</param>
    /// <param name="upper">The greatest radius in pixels; at most <see cref="MostRadius"/>.</param>
    /// <param name="edges">What it takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or a radius is out of its range.</exception>
    public Defocus(double lower, double upper, WarpEdges edges = WarpEdges.Border)
        : this(
            new ParameterRange("defocus", lower, upper),
            edges,
            Math.Max(LeastSamples, (int)Math.Ceiling(4 * Math.Pow(Math.Clamp(upper, 0, MostRadius), 2))))
    {
    }

    internal Defocus(ParameterRange range, WarpEdges edges, int samples)
        : base(range, MostRadius, edges, samples, (sample, share) =>
        {
            var (sine, cosine) = Math.SinCos(sample * GoldenAngle);
            var distance = Math.Sqrt(share);
            return (distance * cosine, distance * sine);
        })
    {
    }

    private protected override TransformDescription Describe() => new DefocusDescription(Edges, Samples);
}
