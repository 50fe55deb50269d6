namespace RobustPruning.Numerics;

/// <summary>An interval of real numbers in 64-bit ones; each operation rounds its ends outwards.</summary>
/// <param name="Lower">The least number.</param>
/// <param name="Upper">The greatest number.</param>
internal readonly record struct OutwardInterval(double Lower, double Upper)
{
    // Sines of a library are off by one unit in the last place; where they turn may be off by a few.
    private const double Turning = 1e-9;

    public static readonly OutwardInterval Radian = new OutwardInterval(Math.PI, Math.BitIncrement(Math.PI)) / 180;

    public double Width => Math.BitIncrement(Upper - Lower);

    /// <summary>The greatest absolute value.</summary>
    public double Magnitude => Math.Max(Math.Abs(Lower), Math.Abs(Upper));

    public static implicit operator OutwardInterval(double value) => new(value, value);

    public static OutwardInterval operator +(OutwardInterval a, OutwardInterval b) => Outward(a.Lower + b.Lower, a.Upper + b.Upper);

    public static OutwardInterval operator -(OutwardInterval a, OutwardInterval b) => Outward(a.Lower - b.Upper, a.Upper - b.Lower);

    public static OutwardInterval operator -(OutwardInterval a) => new(-a.Upper, -a.Lower);

    public static OutwardInterval operator *(OutwardInterval a, OutwardInterval b)
    {
        double p = a.Lower * b.Lower, q = a.Lower * b.Upper, r = a.Upper * b.Lower, s = a.Upper * b.Upper;
        return Outward(Math.Min(Math.Min(p, q), Math.Min(r, s)), Math.Max(Math.Max(p, q), Math.Max(r, s)));
    }

    /// <summary>The divisor does not hold zero.</summary>
    public static OutwardInterval operator /(OutwardInterval a, OutwardInterval b) => b.Lower > 0 || b.Upper < 0
        ? a * Outward(1 / b.Upper, 1 / b.Lower)
        : throw new DivideByZeroException($"The divisor is in [{b.Lower}, {b.Upper}].");

    public OutwardInterval Hull(OutwardInterval other) => new(Math.Min(Lower, other.Lower), Math.Max(Upper, other.Upper));

    /// <summary>The sine of an angle in radians.</summary>
    public OutwardInterval Sine()
    {
        double low = Math.Sin(Lower), high = Math.Sin(Upper);
        var ends = Outward(Math.BitDecrement(Math.Min(low, high)), Math.BitIncrement(Math.Max(low, high)));
        return new(Holds(1.5 * Math.PI) ? -1 : Math.Max(ends.Lower, -1), Holds(0.5 * Math.PI) ? 1 : Math.Min(ends.Upper, 1));
    }

    /// <summary>The cosine of an angle in radians.</summary>
    public OutwardInterval Cosine()
    {
        double low = Math.Cos(Lower), high = Math.Cos(Upper);
        var ends = Outward(Math.BitDecrement(Math.Min(low, high)), Math.BitIncrement(Math.Max(low, high)));
        return new(Holds(Math.PI) ? -1 : Math.Max(ends.Lower, -1), Holds(0) ? 1 : Math.Min(ends.Upper, 1));
    }

    /// <summary>Whether an angle, or one whole turns away, may lie inside.</summary>
    private bool Holds(double angle) =>
        angle + (2 * Math.PI * Math.Ceiling((Lower - angle - Turning) / (2 * Math.PI))) <= Upper + Turning;

    private static OutwardInterval Outward(double lower, double upper) => new(Math.BitDecrement(lower), Math.BitIncrement(upper));
}
