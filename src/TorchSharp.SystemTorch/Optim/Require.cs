namespace TorchSharp.Modules;

internal static class Require
{
    public static void NotNegative(double value, string what)
    {
        // Also refuses what is not a number.
        if (!(value >= 0))
        {
            throw new ArgumentException($"Invalid {what}: {value}");
        }
    }

    public static void Fraction(double value, string what)
    {
        if (!(value is >= 0 and < 1))
        {
            throw new ArgumentException($"Invalid {what}: {value}");
        }
    }
}
