namespace RobustPruning.Tests;

/// <summary>Derivatives by central differences.</summary>
internal static class FiniteDifference
{
    /// <summary>The gradient of <paramref name="function"/> at a point.</summary>
    public static double[] Gradient(Func<double[], double> function, double[] point, double step) =>
        [
            .. Enumerable
                .Range(0, point.Length)
                .Select(index => (At(function, point, index, step) - At(function, point, index, -step)) / (2 * step)),
        ];

    private static double At(Func<double[], double> function, double[] point, int index, double step)
    {
        var moved = point.ToArray();
        moved[index] += step;
        return function(moved);
    }
}
