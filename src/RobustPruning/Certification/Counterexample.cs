namespace RobustPruning.Certification;

/// <summary>A parameter value that breaks a claim, as a plain forward pass of the network shows.</summary>
/// <param name="Theta">The parameter values, in the set's order.</param>
/// <param name="Output">The network's output there, <c>[F]</c>.</param>
/// <param name="Violation">By how much the claim is broken, above zero: pixels beyond the tolerance, A y − b, or how deep inside a region to avoid.</param>
public sealed record Counterexample(IReadOnlyList<double> Theta, IReadOnlyList<double> Output, double Violation);
