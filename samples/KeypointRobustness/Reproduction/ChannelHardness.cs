namespace KeypointRobustness.Reproduction;

/// <summary>One channel.</summary>
/// <param name="Layer">The name of its group.</param>
/// <param name="Channel">Its index.</param>
/// <param name="DropPx">
/// By how much the certified range of one box falls when this channel alone is removed; negative where it grows.
/// </param>
/// <param name="Foretold">
/// What each measure says, in the order of <see cref="HardnessStudy.Measures"/>; a greater number foretells a greater drop.
/// </param>
internal sealed record ChannelHardness(string Layer, int Channel, double DropPx, IReadOnlyList<double> Foretold);
