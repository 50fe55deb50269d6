namespace RobustPruning.Benchmarks.Soundness;

/// <summary>What a run of random cases found.</summary>
/// <param name="Cases">How many cases were attacked.</param>
/// <param name="Failures">Those whose bounds a value left.</param>
/// <param name="Seconds">The time taken.</param>
/// <param name="Slack">The least distance of a value to a bound, over the distance of the bounds.</param>
internal sealed record SoundnessResult(int Cases, IReadOnlyList<SoundnessFailure> Failures, double Seconds, double Slack);
