using System.Globalization;
using System.Numerics;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>A number <c>digits · 10^exponent</c>, computed with exactly: every decimal is one, and so is every 64-bit number.</summary>
internal readonly struct ExactDecimal(BigInteger digits, int exponent) : IComparable<ExactDecimal>
{
    // Far more than numbers of a network need; hostile texts must not make numbers of a million digits.
    private const int MostCharacters = 400;
    private const int GreatestExponent = 400;
    private const int MostBits = 1 << 14;
    private const int MostZeros = 1 << 14;

    // Those of 64-bit numbers, 2⁻¹⁰⁷⁴ included.
    private static readonly BigInteger[] PowersOfFive = [.. Enumerable.Range(0, 1075).Select(power => BigInteger.Pow(5, power))];

    /// <summary>The digits, as a whole number.</summary>
    public BigInteger Digits { get; } = digits.GetBitLength() <= MostBits && Math.Abs(exponent) <= MostZeros
        ? digits : throw new OverflowException("a number gets too many digits.");

    /// <summary>The power of ten.</summary>
    public int Exponent { get; } = digits.IsZero ? 0 : exponent;

    /// <summary>Whether it is 1, as it is written.</summary>
    public bool IsOne => Exponent == 0 && Digits.IsOne;

    /// <summary>−1, 0 or 1.</summary>
    public int Sign => Digits.Sign;

    public static ExactDecimal Zero => default;

    public static ExactDecimal One => new(BigInteger.One, 0);

    public static ExactDecimal operator -(ExactDecimal value) => new(-value.Digits, value.Exponent);

    public static ExactDecimal operator +(ExactDecimal first, ExactDecimal second)
    {
        if (first.Sign == 0 || second.Sign == 0)
            return first.Sign == 0 ? second : first;
        var exponent = Math.Min(first.Exponent, second.Exponent);
        return new(first.DigitsAt(exponent) + second.DigitsAt(exponent), exponent);
    }

    public static ExactDecimal operator *(ExactDecimal first, ExactDecimal second) =>
        new(first.Digits * second.Digits, first.Exponent + second.Exponent);

    /// <summary>Reads a decimal such as <c>-0.25</c> or <c>1e-05</c>.</summary>
    /// <returns>Whether it is one, of a length and an exponent within reason.</returns>
    public static bool TryParse(string text, out ExactDecimal value)
    {
        value = default;
        if (text.Length > MostCharacters)
            return false;
        var mantissa = text.AsSpan();
        var exponent = 0;
        if (text.AsSpan().IndexOfAny('e', 'E') is >= 0 and var split)
        {
            mantissa = text.AsSpan(0, split);
            if (!int.TryParse(text.AsSpan(split + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
                || Math.Abs((long)exponent) > GreatestExponent)
                return false;
        }

        // Without its point, ".-5" would be a number.
        var point = mantissa.IndexOf('.');
        if (mantissa.LastIndexOfAny('+', '-') > 0)
            return false;
        var whole = point < 0 ? mantissa : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        if (!BigInteger.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var digits))
            return false;
        value = new(digits, exponent - (point < 0 ? 0 : mantissa.Length - point - 1));
        return true;
    }

    /// <summary>A finite 64-bit number.</summary>
    public static ExactDecimal Of(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var power = (int)(bits >> 52 & 0x7FF);
        var mantissa = (bits & 0xFFFFFFFFFFFFF) | (power == 0 ? 0 : 1L << 52);
        power = Math.Max(power, 1) - 1075;
        var zeros = Math.Min(BitOperations.TrailingZeroCount(mantissa), Math.Max(0, -power));
        (mantissa, power) = (mantissa >> zeros, power + zeros);
        var digits = new BigInteger(value < 0 ? -mantissa : mantissa);

        // 2^−k is 5^k · 10^−k.
        return mantissa == 0 ? Zero : power >= 0 ? new(digits << power, 0) : new(digits * PowersOfFive[-power], power);
    }

    /// <inheritdoc/>
    public int CompareTo(ExactDecimal other) => (this + -other).Sign;

    /// <summary>A 64-bit number near it.</summary>
    public double Approximate() =>
        double.Parse(string.Create(CultureInfo.InvariantCulture, $"{Digits}E{Exponent}"), CultureInfo.InvariantCulture);

    /// <summary>The number as a whole multiple of <c>10^exponent</c>, for an exponent not above its own.</summary>
    public BigInteger DigitsAt(int exponent) =>
        exponent == Exponent ? Digits
        : Exponent - exponent > MostZeros ? throw new OverflowException("a number gets too many digits.")
        : Digits
            * (
                Exponent - exponent < PowersOfFive.Length
                    ? PowersOfFive[Exponent - exponent] << Exponent - exponent
                    : BigInteger.Pow(10, Exponent - exponent));
}
