namespace RobustPruning.Usn;

/// <summary>One θ of a sample.</summary>
/// <param name="Theta">The parameter values.</param>
/// <param name="Part">The part of the sample it belongs to: parts are drawn independently of each other.</param>
/// <param name="Weight">What it counts in the mean over its part; the weights of a part sum to 1.</param>
internal sealed record ParameterSample(double[] Theta, int Part, double Weight);
