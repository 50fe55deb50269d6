namespace RobustPruning.Perturbations;

/// <summary>A straight edge with a soft border: before it 0, beyond it 1, and a straight line between.</summary>
internal readonly record struct SoftEdge
{
    public SoftEdge(double angle, double offset, double softness)
    {
        RequireFinite(angle, nameof(angle));
        RequireFinite(offset, nameof(offset));
        RequireSoftness(softness);
        (Angle, Offset, Softness) = (angle, offset, softness);
    }

    /// <summary>The direction of what lies beyond, in degrees: 0 to the right, 90 down.</summary>
    public double Angle { get; }

    /// <summary>How far from the image's centre the edge lies in that direction, in pixels.</summary>
    public double Offset { get; }

    /// <summary>The width of the border in pixels.</summary>
    public double Softness { get; }

    /// <summary>The value at a pixel before it is clamped to [0, 1].</summary>
    public double Value(double x, double y, long height, long width)
    {
        var (sine, cosine) = Math.SinCos(Angle * Math.PI / 180);
        var beyond = ((x - ((width - 1) / 2.0)) * cosine) + ((y - ((height - 1) / 2.0)) * sine) - Offset;
        return (beyond / Softness) + 0.5;
    }

    public static void RequireSoftness(double softness)
    {
        if (!(softness > 0 && double.IsFinite(softness)))
            throw new ArgumentOutOfRangeException(nameof(softness), softness, "The width of a border is positive and finite.");
    }

    public static void RequireFinite(double value, string name)
    {
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, "The number must be finite.");
    }
}
