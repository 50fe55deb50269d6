namespace RobustPruning.Benchmarks.Conformance;

/// <summary>One test case of the ONNX project and what came of it.</summary>
/// <param name="Name">Its folder, for example <c>node/test_relu</c>.</param>
/// <param name="Operators">The operators of its model.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Message">Why it was refused or failed; empty if it passed.</param>
internal sealed record ConformanceResult(string Name, IReadOnlyList<string> Operators, ConformanceOutcome Outcome, string Message);
