namespace RobustPruning.Benchmarks.Soundness;

/// <summary>A case whose bounds a value left.</summary>
/// <param name="Seed">The seed of the case before it was made small.</param>
/// <param name="Small">The violation and the case, made small.</param>
internal sealed record SoundnessFailure(int Seed, string Small)
{
    public override string ToString() => $"VIOLATION, seed {Seed}, made small:{Environment.NewLine}{Small}";
}
