namespace RobustPruning.Perturbations;

/// <summary>
/// The blur of a camera that moves along a line while it looks: the mean of the image at equally spaced places along a stretch about each
/// pixel, whose length in pixels is the parameter. 0 is sharp. Bilinear between pixels; not affine in the length, and enclosed like an
/// <see cref="AffineWarp"/>.
/// </summary>
public sealed class MotionBlur : OffsetBlur
{
    /// <summary>The greatest length in pixels.</summary>
    public const double MostLength = 64;

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
        : base(
            range, MostLength, edges, samples,
            (_, share) => ((share - 0.5) * Math.Cos(angle * Math.PI / 180), (share - 0.5) * Math.Sin(angle * Math.PI / 180)))
    {
        SoftEdge.RequireFinite(angle, nameof(angle));
        Angle = angle;
    }

    /// <summary>The line's direction in degrees.</summary>
    public double Angle { get; }

    private protected override TransformDescription Describe() => new MotionBlurDescription(Angle, Edges, Samples);
}
