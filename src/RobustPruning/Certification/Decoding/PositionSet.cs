namespace RobustPruning.Certification;

/// <summary>A rectangle of positions in pixels.</summary>
internal readonly record struct PositionRange(double LowerX, double UpperX, double LowerY, double UpperY)
{
    /// <summary>The greatest distance from a point, rounded upwards.</summary>
    public double Distance(double x, double y) => double.Hypot(Reach(LowerX, UpperX, x), Reach(LowerY, UpperY, y)) * Outward;

    /// <summary>The least distance from a point, rounded downwards.</summary>
    public double LeastDistance(double x, double y) => double.Hypot(Gap(LowerX, UpperX, x), Gap(LowerY, UpperY, y)) / Outward;

    /// <summary>The bounds of <c>a·x + b·y</c>, rounded outwards.</summary>
    public (double Lower, double Upper) Combined(double a, double b)
    {
        var (least, greatest) = (
            Least(a, LowerX, UpperX) + Least(b, LowerY, UpperY),
            -(Least(-a, LowerX, UpperX) + Least(-b, LowerY, UpperY)));
        var rounding =
            (Outward - 1)
            * ((Math.Abs(a) * Math.Max(Math.Abs(LowerX), Math.Abs(UpperX))) + (Math.Abs(b) * Math.Max(Math.Abs(LowerY), Math.Abs(UpperY))));
        return (least - rounding, greatest + rounding);
    }

    // A few roundings of 2^-53 each.
    private const double Outward = 1 + 4e-15;

    // Without a weight nothing counts, be it infinite.
    private static double Least(double weight, double lower, double upper) => weight == 0 ? 0 : weight * (weight > 0 ? lower : upper);

    private static double Reach(double lower, double upper, double from) => Math.Max(upper - from, from - lower);

    private static double Gap(double lower, double upper, double from) => Math.Max(0, Math.Max(lower - from, from - upper));
}

/// <summary>Where a keypoint may be on a box of parameters: in one of some rectangles.</summary>
/// <param name="Ranges">The rectangles; at least one.</param>
internal sealed record PositionSet(IReadOnlyList<PositionRange> Ranges)
{
    /// <summary>The least rectangle around all.</summary>
    public PositionRange Hull() =>
        new(
            Ranges.Min(range => range.LowerX),
            Ranges.Max(range => range.UpperX),
            Ranges.Min(range => range.LowerY),
            Ranges.Max(range => range.UpperY));

    /// <summary>The bounds of <c>a·x + b·y</c>, rounded outwards.</summary>
    public (double Lower, double Upper) Combined(double a, double b) =>
        (Ranges.Min(range => range.Combined(a, b).Lower), Ranges.Max(range => range.Combined(a, b).Upper));
}
