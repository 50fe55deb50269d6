namespace RobustPruning.Certification;

/// <summary>A parameter value that moves a keypoint beyond the tolerance, as a plain forward pass of the network shows.</summary>
/// <param name="Theta">The parameter values, in the set's order.</param>
/// <param name="X">Where the keypoint is then, in pixels.</param>
/// <param name="Y">Where the keypoint is then, in pixels.</param>
/// <param name="Distance">Its greatest distance from the reference along an axis, in pixels; above the tolerance.</param>
public sealed record Counterexample(IReadOnlyList<double> Theta, double X, double Y, double Distance);
