namespace RobustPruning.Certification;

/// <summary>How the distance of a keypoint from its reference is measured.</summary>
public enum KeypointNorm
{
    /// <summary>Along the axes: the greater of |Δx| and |Δy|.</summary>
    LInfinity,

    /// <summary>In a straight line: √(Δx² + Δy²).</summary>
    Euclidean,
}
