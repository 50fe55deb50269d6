namespace RobustPruning.Perturbations;

/// <summary>A bilinear function of places (x, y) within a cell, from 0 to 1.</summary>
/// <param name="Origin">The value at (0, 0).</param>
/// <param name="Right">The value at (1, 0).</param>
/// <param name="Below">The value at (0, 1).</param>
/// <param name="Across">The value at (1, 1).</param>
internal readonly record struct BilinearCell(double Origin, double Right, double Below, double Across)
{
    /// <summary>How much the derivative by x changes with y, and that by y with x.</summary>
    public double Twist => (Across - Below) - (Right - Origin);

    public double Value(double x, double y) => ((Origin * (1 - x)) + (Right * x)) * (1 - y) + (((Below * (1 - x)) + (Across * x)) * y);

    public double SlopeX(double y) => ((Right - Origin) * (1 - y)) + ((Across - Below) * y);

    public double SlopeY(double x) => ((Below - Origin) * (1 - x)) + ((Across - Right) * x);
}
