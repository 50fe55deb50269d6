namespace RobustPruning.Certification;

/// <summary>The values v that a property looks at, at one θ.</summary>
internal sealed record Sample(double[] Theta, double[] Values);
