namespace RobustPruning.Perturbations;

/// <summary>
/// Where a pixel takes its value from, (x, y) in the clean image, for all θ = m + δ of a small box: within <c>(X, Y) + J δ ± Bend</c>, its
/// derivatives within <c>J ± Turn</c>.
/// </summary>
internal sealed class PathSegment(int parameters)
{
    /// <summary>The place at the box's centre m.</summary>
    public double X { get; set; }

    /// <summary>The place at the box's centre m.</summary>
    public double Y { get; set; }

    /// <summary>The derivatives of x at m.</summary>
    public double[] SlopeX { get; } = new double[parameters];

    /// <summary>The derivatives of y at m.</summary>
    public double[] SlopeY { get; } = new double[parameters];

    /// <summary>How far x lies off the straight line at most.</summary>
    public double BendX { get; set; }

    /// <summary>How far y lies off the straight line at most.</summary>
    public double BendY { get; set; }

    /// <summary>How far the derivatives of x differ from those at m at most.</summary>
    public double[] TurnX { get; } = new double[parameters];

    /// <summary>How far the derivatives of y differ from those at m at most.</summary>
    public double[] TurnY { get; } = new double[parameters];

    /// <summary>No less than the sum of the absolute values of all that is added up in a coordinate.</summary>
    public double Magnitude { get; set; }

    /// <summary>How far x may be from <see cref="X"/>.</summary>
    public double ReachX(ReadOnlySpan<double> half) => Reach(SlopeX, half) + BendX;

    /// <summary>How far y may be from <see cref="Y"/>.</summary>
    public double ReachY(ReadOnlySpan<double> half) => Reach(SlopeY, half) + BendY;

    private static double Reach(double[] slope, ReadOnlySpan<double> half)
    {
        var sum = 0.0;
        for (var k = 0; k < slope.Length; k++)
            sum += Math.Abs(slope[k]) * half[k];
        return sum;
    }
}
