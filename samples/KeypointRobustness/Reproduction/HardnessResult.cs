namespace KeypointRobustness.Reproduction;

/// <summary>How much each channel of a network makes it hard to certify, and what was foretold.</summary>
/// <param name="Run">How the network was trained.</param>
/// <param name="Options">Everything that the result depends on, by name.</param>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Seconds">The time that bounding took, training not included.</param>
/// <param name="CertifiedRangePx">The certified range of the whole network, one box.</param>
/// <param name="Channels">Every channel.</param>
internal sealed record HardnessResult(
    ReproductionRun Run,
    IReadOnlyDictionary<string, string> Options,
    Machine Machine,
    double Seconds,
    double CertifiedRangePx,
    IReadOnlyList<ChannelHardness> Channels);
