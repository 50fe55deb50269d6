using System.Numerics;

namespace RobustPruning.Tests.PublicApi;

/// <summary>A number <c>mantissa · 2^exponent</c>: sums and products of floating-point numbers, exactly.</summary>
internal readonly record struct Dyadic(BigInteger Mantissa, int Exponent) : IComparable<Dyadic>
{
    public static implicit operator Dyadic(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException($"{value} is no number.");
        var bits = BitConverter.DoubleToInt64Bits(value);
        int power = (int)(bits >> 52 & 0x7ff);
        var digits = (bits & ((1L << 52) - 1)) | (power == 0 ? 0 : 1L << 52);
        return new(bits < 0 ? -digits : digits, Math.Max(power, 1) - 1075);
    }

    public static Dyadic operator +(Dyadic first, Dyadic second)
    {
        var least = Math.Min(first.Exponent, second.Exponent);
        return new(first.At(least) + second.At(least), least);
    }

    public static Dyadic operator *(Dyadic first, Dyadic second) => new(first.Mantissa * second.Mantissa, first.Exponent + second.Exponent);

    public static Dyadic Max(Dyadic first, Dyadic second) => first.CompareTo(second) >= 0 ? first : second;

    public int CompareTo(Dyadic other)
    {
        var least = Math.Min(Exponent, other.Exponent);
        return At(least).CompareTo(other.At(least));
    }

    private BigInteger At(int exponent) => Mantissa << (Exponent - exponent);
}
