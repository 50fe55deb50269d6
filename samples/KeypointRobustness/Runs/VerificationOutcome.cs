namespace KeypointRobustness.Runs;

/// <summary>The four answers of the verification competition.</summary>
internal enum VerificationOutcome
{
    /// <summary>An input was found that the network answers unsafely.</summary>
    Sat,

    /// <summary>It is proved that there is none.</summary>
    Unsat,

    /// <summary>Neither was found, and more time would not help.</summary>
    Unknown,

    /// <summary>Neither was found in the time given.</summary>
    Timeout,
}
