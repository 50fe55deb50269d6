using RobustPruning.Numerics;

namespace RobustPruning.Perturbations;

/// <summary>
/// A point as a function of one parameter t of a pose, up to a factor: <c>P(t) = A + B t</c> of a translation, <c>A + B cos φ + C sin φ</c>
/// of a rotation by φ = t in degrees. It is seen at <c>P_x / P_z, P_y / P_z</c>.
/// </summary>
internal readonly record struct PosePath(Vector3 A, Vector3 B, Vector3 C, bool Turns)
{
    private const double Radian = Math.PI / 180;

    /// <summary>A point X that is moved to X + t v.</summary>
    public static PosePath Shifted(Vector3 point, Vector3 v) => new(point, v, default, false);

    /// <summary>A point X that is turned by t about an axis of length 1, from the axis that follows it to the one after that.</summary>
    public static PosePath Turned(Vector3 point, Vector3 axis)
    {
        var along = axis * axis.Dot(point);
        return new(along, point - along, axis.Cross(point), true);
    }

    /// <summary>The same turn the other way.</summary>
    public PosePath Backwards() => this with { C = C * -1 };

    /// <summary>The functions of t that B and C are multiplied with, and their first derivatives.</summary>
    public (double B, double C, double SlopeB, double SlopeC) Factors(double t)
    {
        if (!Turns)
            return (t, 0, 1, 0);
        var (sine, cosine) = Math.SinCos(t * Radian);
        return (cosine, sine, -sine * Radian, cosine * Radian);
    }

    /// <summary>The value at t of one component's a + b β(t) + c γ(t).</summary>
    public static double At((double B, double C, double SlopeB, double SlopeC) factors, double a, double b, double c) =>
        a + (b * factors.B) + (c * factors.C);

    /// <summary>The least of a + b β(t) + c γ(t) over a stretch of t.</summary>
    public double Least(double a, double b, double c, double from, double to)
    {
        var least = Math.Min(At(Factors(from), a, b, c), At(Factors(to), a, b, c));
        if (!Turns)
            return least;

        // The trough lies opposite to (b, c), once a turn.
        var trough = (Math.Atan2(c, b) / Radian) + 180;
        return trough + (360 * Math.Ceiling((from - trough) / 360)) <= to ? Math.Min(least, a - double.Hypot(b, c)) : least;
    }

    /// <summary>No less than the second derivative of b β + c γ anywhere.</summary>
    public double Curvature(double b, double c) => Turns ? double.Hypot(b, c) * Radian * Radian : 0;

    /// <summary>Where it is seen along one axis for all t of a stretch, P_k / P_z, rounded outwards; P_z is positive.</summary>
    public OutwardInterval Seen(Func<Vector3, double> axis, double from, double to)
    {
        var whole = Ratio(axis, new(from, to), out var rises);
        return rises ? Ratio(axis, from, out _).Hull(Ratio(axis, to, out _)) : whole;
    }

    /// <summary>The ratio over an interval, and whether it only rises or only falls there.</summary>
    private OutwardInterval Ratio(Func<Vector3, double> axis, OutwardInterval t, out bool isMonotone)
    {
        var angle = Turns ? t * OutwardInterval.Radian : 0;
        OutwardInterval cosine = Turns ? angle.Cosine() : t,
            sine = Turns ? angle.Sine() : 0,
            slopeB = Turns ? -sine : 1,
            slopeC = Turns ? cosine : 0;
        OutwardInterval a = axis(A), b = axis(B), c = axis(C);
        OutwardInterval top = a + (b * cosine) + (c * sine), bottom = A.Z + (B.Z * cosine) + (C.Z * sine);

        // The sign of the derivative: P_k' P_z − P_k P_z', which of a translation is a constant.
        var slope = Turns
            ? (((b * slopeB) + (c * slopeC)) * bottom) - (top * ((B.Z * slopeB) + (C.Z * slopeC)))
            : (b * A.Z) - (a * B.Z);
        isMonotone = slope.Lower >= 0 || slope.Upper <= 0;
        return top / bottom;
    }
}

/// <summary>A point or direction in a camera's axes: x to the right, y down, z the way it looks.</summary>
internal readonly record struct Vector3(double X, double Y, double Z)
{
    public static Vector3 operator +(Vector3 a, Vector3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Vector3 operator -(Vector3 a, Vector3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Vector3 operator *(Vector3 a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    public double Dot(Vector3 other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    public Vector3 Cross(Vector3 other) => new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));
}
