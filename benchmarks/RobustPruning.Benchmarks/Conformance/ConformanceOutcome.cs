namespace RobustPruning.Benchmarks.Conformance;

/// <summary>What came of a test case.</summary>
internal enum ConformanceOutcome
{
    /// <summary>Every output is as expected.</summary>
    Passed,

    /// <summary>The model was refused with a message.</summary>
    Refused,

    /// <summary>An output is another than expected, or something else than a refusal happened.</summary>
    Failed,
}
