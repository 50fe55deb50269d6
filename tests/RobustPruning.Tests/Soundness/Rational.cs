using System.Numerics;

namespace RobustPruning.Tests.Soundness;

/// <summary>A fraction without rounding: slow and exact.</summary>
internal readonly struct Rational : IComparable<Rational>
{
    private readonly BigInteger _numerator;
    private readonly BigInteger _denominator;

    public Rational(BigInteger numerator, BigInteger denominator)
    {
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (_numerator, _denominator) = (numerator / divisor, denominator / divisor);
    }

    public static Rational Zero => new(0, 1);

    public static Rational One => new(1, 1);

    private BigInteger Denominator => _denominator.IsZero ? BigInteger.One : _denominator;

    /// <summary>The very number that a finite double is.</summary>
    public static Rational Of(double value)
    {
        if (value == 0)
            return Zero;
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var digits = (bits & ((1L << 52) - 1)) | (exponent == 0 ? 0 : 1L << 52);
        var shift = Math.Max(exponent, 1) - 1075;
        var magnitude = shift >= 0 ? new Rational(new BigInteger(digits) << shift, 1) : new Rational(digits, BigInteger.One << -shift);
        return bits < 0 ? Zero - magnitude : magnitude;
    }

    public static Rational operator +(Rational left, Rational right) =>
        new((left._numerator * right.Denominator) + (right._numerator * left.Denominator), left.Denominator * right.Denominator);

    public static Rational operator -(Rational left, Rational right) =>
        new((left._numerator * right.Denominator) - (right._numerator * left.Denominator), left.Denominator * right.Denominator);

    public static Rational operator *(Rational left, Rational right) =>
        new(left._numerator * right._numerator, left.Denominator * right.Denominator);

    public static Rational operator /(Rational left, Rational right) =>
        new(left._numerator * right.Denominator, left.Denominator * right._numerator);

    public int CompareTo(Rational other) => (_numerator * other.Denominator).CompareTo(other._numerator * Denominator);

    public override string ToString() => $"{(double)_numerator / (double)Denominator:R}";
}
