namespace RobustPruning.Perturbations;

/// <summary>
/// The colour of a black body's light, from the cubic approximation of the Planckian locus by Kim et al. (2002), in sRGB at equal
/// luminance.
/// </summary>
internal static class BlackBody
{
    /// <summary>The least temperature of the approximation, in K.</summary>
    public const double Coldest = 1667;

    /// <summary>The greatest temperature of the approximation, in K.</summary>
    public const double Hottest = 25000;

    // Pixels hold about the 2.2th root of light, and so do gains.
    private const double Encoding = 1 / 2.2;

    public static bool Covers(double kelvin) => kelvin is >= Coldest and <= Hottest;

    /// <summary>The temperature that lies a shift in mired, 10⁶ / T, beside another.</summary>
    public static double Kelvin(double kelvin, double shift) => shift == 0 ? kelvin : 1e6 / ((1e6 / kelvin) + shift);

    /// <summary>The gains of R, G and B when the light changes by a shift in mired; 1 for no shift.</summary>
    public static double[] Gains(double kelvin, double shift) => shift == 0 ? [1, 1, 1]
        : [.. Light(Kelvin(kelvin, shift)).Zip(Light(kelvin), (after, before) => Math.Pow(after / before, Encoding))];

    private static double[] Light(double kelvin)
    {
        var (x, y) = Chromaticity(kelvin);
        double red = x / y, blue = (1 - x - y) / y;
        return
        [
            .. new[]
            {
                (3.2406 * red) - 1.5372 - (0.4986 * blue),
                (-0.9689 * red) + 1.8758 + (0.0415 * blue),
                (0.0557 * red) - 0.2040 + (1.0570 * blue),
            }.Select(light => Math.Max(light, 1e-3)),
        ];
    }

    private static (double X, double Y) Chromaticity(double kelvin)
    {
        var t = 1e3 / kelvin;
        var x = kelvin <= 4000
            ? (((((-0.2661239 * t) - 0.2343589) * t) + 0.8776956) * t) + 0.179910
            : (((((-3.0258469 * t) + 2.1070379) * t) + 0.2226347) * t) + 0.240390;
        var y = kelvin switch
        {
            <= 2222 => (((((-1.1063814 * x) - 1.34811020) * x) + 2.18555832) * x) - 0.20219683,
            <= 4000 => (((((-0.9549476 * x) - 1.37418593) * x) + 2.09137015) * x) - 0.16748867,
            _ => (((((3.0817580 * x) - 5.87338670) * x) + 3.75112997) * x) - 0.37001483,
        };
        return (x, y);
    }
}
