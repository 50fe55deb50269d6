namespace RobustPruning.Perturbations;

/// <summary>Where pixels take their values from, as a smooth function of θ.</summary>
internal interface IPixelPaths
{
    /// <summary>The number of parameters d.</summary>
    int Parameters { get; }

    /// <summary>Follows one pixel over a small box of θ, outwards but for roundings.</summary>
    /// <param name="column">The pixel's column.</param>
    /// <param name="row">The pixel's row.</param>
    /// <param name="centre">The box's centre.</param>
    /// <param name="half">The box's half widths.</param>
    /// <param name="segment">Takes the result.</param>
    void Follow(int column, int row, ReadOnlySpan<double> centre, ReadOnlySpan<double> half, PathSegment segment);
}
