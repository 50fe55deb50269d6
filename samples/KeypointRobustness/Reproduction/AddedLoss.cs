namespace KeypointRobustness.Reproduction;

/// <summary>What a compared network is trained for beside its task.</summary>
internal enum AddedLoss
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The Wasserstein loss.</summary>
    Wasserstein,

    /// <summary>The relaxation area of unstable neurons.</summary>
    RelaxationArea,

    /// <summary>What relaxations of unstable neurons add to the bounds of the outputs.</summary>
    Attribution,
}
