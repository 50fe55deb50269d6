namespace RobustPruning.Onnx.VnnLib;

/// <summary>Quotients of exact numbers as 64-bit numbers, rounded to the side that is asked for.</summary>
internal static class DirectedRounding
{
    // Within it, a quotient of two rounded numbers is a few steps from the exact one.
    private const double Least = 1e-290;
    private const double Greatest = 1e290;

    /// <summary>The greatest 64-bit number not above a quotient; NaN or infinite where the numbers are out of range.</summary>
    /// <param name="numerator">The numerator.</param>
    /// <param name="denominator">The denominator; positive.</param>
    public static double Down(ExactDecimal numerator, ExactDecimal denominator) => -Up(-numerator, denominator);

    /// <summary>The least 64-bit number not below a quotient; NaN or infinite where the numbers are out of range.</summary>
    /// <param name="numerator">The numerator.</param>
    /// <param name="denominator">The denominator; positive.</param>
    public static double Up(ExactDecimal numerator, ExactDecimal denominator)
    {
        if (numerator.Sign == 0)
            return 0;
        double over = numerator.Approximate(), under = denominator.Approximate(), near = over / under;
        if (Math.Abs(over) is < Least or > Greatest || under is < Least or > Greatest || double.IsInfinity(near))
            return double.NaN;
        var isNearest = denominator.IsOne;
        while (!Reaches(near))
            (near, isNearest) = (Math.BitIncrement(near), true);
        while (!isNearest && Reaches(Math.BitDecrement(near)))
            near = Math.BitDecrement(near);
        return near;

        bool Reaches(double candidate) => double.IsFinite(candidate)
            ? (ExactDecimal.Of(candidate) * denominator).CompareTo(numerator) >= 0
            : candidate > 0;
    }
}
